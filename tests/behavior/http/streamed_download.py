# /// case
# shows = "A body that is streamed in chunks."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    count = 0
    with requests.get(BASE + "/bytes", stream=True) as response:
        for chunk in response.iter_content(chunk_size=4096):
            count += len(chunk)
    print(count)


asyncio.run(fetch())
