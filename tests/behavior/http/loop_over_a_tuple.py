# /// case
# shows = "A loop over something that cannot change."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(paths: tuple[str, ...]):
    sizes = []
    for path in paths:
        sizes.append(len(requests.get(BASE + path).content))
    return sizes


print(asyncio.run(fetch(("/json", "/bytes"))))
