# /// case
# shows = "Parameters are added to the query that the address already has."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(url):
    print(requests.get(BASE + "/echo?a=1", params={"b": 2}).json()["raw_path"])
    print(requests.get(url, params={"b": 2}).json()["raw_path"])
    print(requests.get(url, params={}).json()["raw_path"])
    print(requests.get(url).json()["raw_path"])


asyncio.run(fetch(BASE + "/echo?c=3"))
