# /// case
# shows = "A get with parameters, headers and a timeout, and the usual questions to the response."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    response = requests.get(
        BASE + "/json", params={"a": 1}, headers={"X-A": "1"}, timeout=5
    )
    response.raise_for_status()
    print(response.status_code, response.ok, response.reason)
    print(str(response.url).split("?")[1], response.headers["content-type"])
    print(response.json())


asyncio.run(fetch())
