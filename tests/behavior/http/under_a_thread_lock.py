# /// case
# shows = "A request under a threading lock that another task also takes."
# ///
import asyncio
import sys
import threading

import requests

BASE = sys.argv[1]
lock = threading.Lock()


async def fetch(name):
    with lock:
        print("locked by", name)
        answer = requests.get(BASE + "/json").json()
        print("released by", name)
    return answer["a"]


async def main():
    print(await asyncio.gather(fetch("a"), fetch("b")))


asyncio.run(main())
