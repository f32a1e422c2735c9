# /// case
# shows = "A handler for HTTPError asks the response and the request of the error."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    try:
        requests.get(BASE + "/status/404").raise_for_status()
    except requests.HTTPError as error:
        print(error.response.status_code, error.request.method)


asyncio.run(fetch())
