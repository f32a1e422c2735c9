# /// case
# shows = "An asynchronous generator that yields page after page."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def pages():
    for path in ("/json", "/status/404", "/json"):
        response = requests.get(BASE + path)
        yield response.status_code, response.json()


async def main():
    async for status, page in pages():
        print(status, page)
        if status == 404:
            break


asyncio.run(main())
