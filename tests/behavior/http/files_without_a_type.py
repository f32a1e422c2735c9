# /// case
# shows = "A file whose type is not written out gets one."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe"]
#
# [difference]
# why = "D-H4: a content type for every file, and the name `upload`."
# before = """
# Content-Disposition: form-data; name="one"; filename="one"
# Content-Disposition: form-data; name="two"; filename="b.txt"
# exit 0
# """
# after = """
# Content-Disposition: form-data; name="one"; filename="upload"
# Content-Type: application/octet-stream
# Content-Disposition: form-data; name="two"; filename="b.txt"
# Content-Type: text/plain
# exit 0
# """
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def send():
    response = requests.post(BASE + "/echo", files={"one": b"x", "two": ("b.txt", b"y")})
    for line in response.json()["body"].splitlines():
        if line.startswith("Content"):
            print(line)


asyncio.run(send())
