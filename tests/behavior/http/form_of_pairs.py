# /// case
# shows = "A form that is written out as pairs."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def send(name: str):
    print(requests.post(BASE + "/echo", data=[("a", name), ("a", "ü &"), ("b", 3)]).json()["body"])
    print(requests.put(BASE + "/echo", data=(("a", 1.5),)).json()["body"])


asyncio.run(send("x y"))
