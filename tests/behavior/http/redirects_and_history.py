# /// case
# shows = "Redirects are followed and remembered, by get and not by head."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    response = requests.get(BASE + "/redirect/2")
    print(response.status_code, [step.status_code for step in response.history])
    print(str(response.url).endswith("/echo"))
    head = requests.head(BASE + "/redirect/1")
    print(head.status_code)


asyncio.run(fetch())
