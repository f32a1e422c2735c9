# /// case
# shows = "A loop over a list of the caller, with consent."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(paths):
    sizes = []
    for path in paths:
        sizes.append(len(requests.get(BASE + path).content))
    return sizes + [requests.get(BASE + path).status_code for path in paths]


print(asyncio.run(fetch(["/json", "/bytes"])))
