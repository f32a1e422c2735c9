# /// case
# shows = "The text of a text/plain answer that does not name its charset."
# changes = ["requests-to-httpx"]
#
# [difference]
# why = "D-H7: requests falls back to ISO-8859-1, httpx to UTF-8."
# before = """
# 'caf\\xc3\\xa9 \\xe2\\x82\\xac'
# exit 0
# """
# after = """
# 'caf\\xe9 \\u20ac'
# exit 0
# """
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    print(ascii(requests.get(BASE + "/text").text))


asyncio.run(fetch())
