# /// case
# shows = "Arguments that are None, empty or come from variables."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(params=None, headers=None, timeout=None, auth=None):
    response = requests.get(
        BASE + "/echo", params=params, headers=headers, timeout=timeout, auth=auth
    )
    answer = response.json()
    sent = dict(map(tuple, answer["headers"]))
    print(answer["raw_path"], sent.get("X-A"), sent.get("Authorization"))
    posted = requests.post(BASE + "/echo", data=None, json=None, params={}).json()
    print(posted["method"], repr(posted["body"]))


async def main():
    await fetch()
    await fetch({"a": [1, 2], "b": None}, {"X-A": "1"}, (1, 2), ("user", "password"))
    await fetch([("a", "1"), ("a", "2")], timeout=5)
    await fetch("a=1&b=%20")


asyncio.run(main())
