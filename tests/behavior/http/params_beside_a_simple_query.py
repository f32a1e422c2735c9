# /// case
# shows = "Parameters are added to the query of the address."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(words: str):
    print(requests.get(BASE + "/echo?a=1", params={"b": 2}).json()["raw_path"])
    print(requests.get(f"{BASE}/echo?a=1&c=x-y", params={"b": [words, "ü &"]}, timeout=5).json()["raw_path"])
    print(requests.post(BASE + "/echo?a=1", params={"d": words}, data={"e": 1}).json()["body"])


asyncio.run(fetch("two words"))
