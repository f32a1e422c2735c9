# /// case
# shows = "Without consent, requests in threads stay there."
# unchanged = true
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    return (await asyncio.to_thread(requests.get, BASE + "/json", timeout=5)).json()


print(asyncio.run(fetch()))
