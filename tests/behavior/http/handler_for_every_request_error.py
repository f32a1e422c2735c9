# /// case
# shows = "RequestException covers refused connections, bad addresses, endless redirects and bad JSON."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(url):
    try:
        return requests.get(url, timeout=1).json()
    except requests.exceptions.RequestException as error:
        return "handled"


for url in (
    BASE + "/html",
    "http://127.0.0.1:1/",
    BASE + "/drop",
    "nohost",
    BASE + "/redirect/40",
    BASE + "/json",
):
    print(asyncio.run(fetch(url)))
