# /// case
# shows = "A response is printed, formatted, compared and put into a list."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def printed():
    response = requests.get(BASE + "/json")
    print(response)


async def formatted():
    response = requests.get(BASE + "/status/404")
    print(f"{response!r} {response}", str(response))


async def collected():
    responses = [requests.get(BASE + "/json") for _ in range(2)]
    print(responses)


async def captured():
    response = requests.get(BASE + "/json")

    def show():
        return response.ok, response.reason

    return show


asyncio.run(printed())
asyncio.run(formatted())
asyncio.run(collected())
print(asyncio.run(captured())())
