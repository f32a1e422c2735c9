# /// case
# shows = "A file of certificates that the client trusts."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import certifi
import requests

BASE = sys.argv[1]


CERTIFICATES = certifi.where()


async def fetch():
    print(requests.get(BASE + "/json", verify=CERTIFICATES).json())
    with requests.Session() as session:
        session.verify = certifi.where()
        print(session.get(BASE + "/json").json())


asyncio.run(fetch())
