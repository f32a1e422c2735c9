# /// case
# shows = "A body that is read only after a look at the status."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(path):
    with requests.get(BASE + path, stream=True) as response:
        print(response.status_code, response.headers["Content-Type"])
        if response.status_code != 200:
            return None
        return response.json()


async def size():
    with requests.get(BASE + "/bytes", stream=True) as response:
        print(len(response.content))
        print(len(response.content), response.text[:5])


async def main():
    print(await fetch("/json"), await fetch("/status/404"))
    await size()
    try:
        with requests.get(BASE + "/html", stream=True) as response:
            print(response.json())
    except requests.RequestException:
        print("no JSON")


asyncio.run(main())
