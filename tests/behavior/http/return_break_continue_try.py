# /// case
# shows = "Requests in a loop that is left by continue and return, with a handler inside."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(paths):
    for path in paths:
        try:
            response = requests.get(BASE + path)
        except requests.RequestException:
            continue
        if not response.ok:
            continue
        return response.json()
    return None


print(asyncio.run(fetch(["/status/500", "/drop", "/json"])))
print(asyncio.run(fetch(["/status/404"])))
