# /// case
# shows = "No verification, a pair of timeouts, no redirects, basic authentication."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    response = requests.get(
        BASE + "/redirect/1",
        verify=False,
        timeout=(1, 2),
        allow_redirects=False,
        auth=("user", "password"),
    )
    print(response.status_code, response.headers["Location"])


asyncio.run(fetch())
