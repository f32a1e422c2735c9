# /// case
# shows = "Parameters, headers and bodies that the caller passes are sent as requests sends them."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe", "--http-client-scope", "call"]
# ///
import asyncio
import io
import json as codec
import sys

import requests

BASE = sys.argv[1]


async def call(method, path, headers=None, params=None, data=None, json=None):
    reply = requests.request(
        method, BASE + path, params=params, data=data, json=json, headers=headers
    )
    answer = reply.json()
    sent = dict(map(tuple, answer["headers"]))
    body = answer["body"]
    if "json" in sent.get("Content-Type", ""):
        body = codec.loads(body)
    print(answer["method"], answer["raw_path"], sent.get("Content-Type"), body, sent.get("X-A"))


async def post(url, data):
    print(requests.post(url, data).json()["body"])


async def delete(url, data, params):
    print(requests.delete(url, data=data, params=params).json()["raw_path"])


PARAMS = [
    None,
    {},
    {"a": None, "b": True, "c": 1.5},
    {"a": [1, None, "x y"], "b": ("ü", b"raw"), "c": []},
    [("a", "1"), ("b", 2), ("a", None), ("a", "&=+%")],
    (("q", "1"),),
    "a=1&b=%20",
    b"a=1",
]
BODIES = [
    None,
    {},
    "",
    b"",
    "ü",
    b"raw",
    {"a": None, "b": True, "c": [1, "x y", None], "d": b"raw", "e": "ü&="},
    [("a", "1"), ("a", 2), ("b", "x")],
    (("q", "1"),),
    io.BytesIO(b"file"),
]


async def main():
    for params in PARAMS:
        await call("get", "/echo", params=params)
        await call("get", "/echo?z=1", params=params)
        await call("get", "/echo#part", params=params)
    for data in BODIES:
        await call("POST", "/echo", {"X-A": "1"}, data=data)
        await post(BASE + "/echo", data)
        await call("PUT", "/echo", data=data, json={"j": [1, None]})
    await call("DELETE", "/echo", json=[])
    await call("POST", "/echo", json=0)
    await delete(BASE + "/echo", {"a": "1"}, {"b": None, "c": "d"})


asyncio.run(main())
