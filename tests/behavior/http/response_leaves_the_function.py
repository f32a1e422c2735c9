# /// case
# shows = "A response that is returned, stored and passed on keeps being what callers expect."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]
seen = []


async def fetch():
    response = requests.get(BASE + "/json")
    seen.append(response)
    return response


def show(response):
    print(type(response).__module__, response.ok, response.reason, list(response.headers)[:1])


async def main():
    response = await fetch()
    show(response)
    show(requests.get(BASE + "/json"))
    print(seen[0] is response)


asyncio.run(main())
