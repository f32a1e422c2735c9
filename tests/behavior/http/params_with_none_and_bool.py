# /// case
# shows = "Parameters that are None or bool are sent as requests sends them."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(extra):
    params = {"a": None, "b": True}
    print(requests.get(BASE + "/echo", params=params).json()["raw_path"])
    answer = requests.get(BASE + "/echo", params={"a": None, "b": True, "c": 1})
    print(answer.json()["raw_path"])
    print(requests.get(BASE + "/echo", params={"x": extra}).json()["raw_path"])
    print(requests.post(BASE + "/echo", data={"x": extra, "y": None}).json()["body"])


asyncio.run(fetch(None))
