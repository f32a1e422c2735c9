# /// case
# shows = "Decoded lines, from a stream and from a body that has been read."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    with requests.get(BASE + "/lines", stream=True) as response:
        for line in response.iter_lines(decode_unicode=True):
            print(repr(line))


async def loud():
    with requests.get(BASE + "/lines", stream=True) as response:
        print([line.upper() for line in response.iter_lines(512, True) if line])


async def loaded():
    response = requests.get(BASE + "/lines")
    print(list(response.iter_lines(decode_unicode=True)))


asyncio.run(fetch())
asyncio.run(loud())
asyncio.run(loaded())
