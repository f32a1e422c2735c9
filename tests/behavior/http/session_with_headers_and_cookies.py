# /// case
# shows = "A session in a with statement keeps headers and cookies."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    with requests.Session() as session:
        session.headers.update({"X-A": "1"})
        session.get(BASE + "/cookies")
        headers = dict(map(tuple, session.get(BASE + "/echo").json()["headers"]))
        print(headers["X-A"], headers["Cookie"])


asyncio.run(fetch())
