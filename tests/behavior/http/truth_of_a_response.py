# /// case
# shows = "A response is true when its status is no error."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(status):
    response = requests.get(BASE + f"/status/{status}", allow_redirects=False)
    print("ok" if response else "error", not response, response.ok)
    if response and response.status_code:
        print("true")


for status in (200, 302, 404, 500):
    asyncio.run(fetch(status))
