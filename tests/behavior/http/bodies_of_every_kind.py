# /// case
# shows = "Bodies as JSON, as a form, as text and as bytes."
# ///
import asyncio
import json
import sys

import requests

BASE = sys.argv[1]


async def literal():
    for response in (
        requests.post(BASE + "/echo", json={"a": 1}),
        requests.post(BASE + "/echo", data={"a": "1"}),
        requests.post(BASE + "/echo", {"a": "2"}),
        requests.put(BASE + "/echo", data="raw"),
        requests.patch(BASE + "/echo", b"bytes"),
        requests.request("post", BASE + "/echo", data={"n": 3}),
        requests.delete(BASE + "/echo", json={"b": 2}),
    ):
        show(response.json())


def show(answer):
    print(answer["method"], answer["body"].replace(" ", ""))


async def unpacked():
    for options in ({"json": {"a": 1}}, {"data": {"a": "1"}}, {"data": "raw"}):
        answer = requests.post(BASE + "/echo", **options).json()
        print(answer["method"], json.dumps(answer["body"]).replace(" ", ""))


asyncio.run(literal())
asyncio.run(unpacked())
