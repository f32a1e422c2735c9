# /// case
# shows = "A redirected post becomes a get."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    answer = requests.post(BASE + "/redirect/1", json={"a": 1}).json()
    print(answer["method"], answer["body"])


asyncio.run(fetch())
