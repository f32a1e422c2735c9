# /// case
# shows = "The module has a variable with the name of the package a rewrite would import."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]
httpx = "global httpx"


async def fetch():
    return requests.get(BASE + "/json").json()["a"]


print(asyncio.run(fetch()), httpx)
