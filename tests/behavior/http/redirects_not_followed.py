# /// case
# shows = "A redirect that is not followed is no error for raise_for_status."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    response = requests.get(BASE + "/redirect/1", allow_redirects=False)
    response.raise_for_status()
    print(response.status_code, response.ok)
    head = requests.head(BASE + "/redirect/1")
    head.raise_for_status()
    print(head.status_code)


asyncio.run(fetch())
