# /// case
# shows = "A project without httpx: the request moves to a thread and stays what it was."
# changes = ["requests-to-thread"]
# dependencies = ["requests"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    try:
        response = requests.get(BASE + "/html")
        print(response.ok, response.text)
        response.json()
    except requests.RequestException as error:
        print(type(error).__module__, type(error).__name__)


asyncio.run(fetch())
