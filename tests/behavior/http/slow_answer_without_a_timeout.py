# /// case
# shows = "Without a timeout a request waits longer than the five seconds other libraries allow."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    return requests.get(BASE + "/slow?s=5.3").json()


print(asyncio.run(fetch()))
