# /// case
# shows = "A failure that nobody handles ends the program with exit code 1."
# dependencies = ["requests"]
# changes = ["requests-to-thread"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    requests.get(BASE + "/status/500").raise_for_status()


asyncio.run(fetch())
