# /// case
# shows = "Files whose name, content and type are written out are sent the same."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


def shown(sent):
    boundary = dict(sent["headers"])["Content-Type"].partition("boundary=")[2]
    print(sent["body"].replace(boundary, "BOUNDARY"))


async def send():
    first = ("a.txt", "text", "text/plain")
    response = requests.post(BASE + "/echo", data={"k": "v"}, files={"one": first, "two": ("b.bin", b"bytes", "application/x")})
    shown(response.json())
    with open("part", "rb") as part:
        response = requests.put(BASE + "/echo", files=[("part", ("p", part, "text/x-python"))])
    shown(response.json())


with open("part", "wb") as part:
    part.write(b"line\r\n" * 3)
asyncio.run(send())
