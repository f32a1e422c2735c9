# /// case
# shows = "The name a rewrite would like for the client is a parameter."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(client):
    response = requests.get(BASE + "/json")
    print(client, response.json()["a"])
    return client


print(asyncio.run(fetch("client")))
