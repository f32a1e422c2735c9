# /// case
# shows = "Requests in while, elif and for headers, in a comprehension and in an f-string."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    n = 0
    while requests.get(BASE + "/json").json()["a"] + n < 3:
        n += 1
    if n == 99:
        print("no")
    elif requests.get(BASE + "/json").status_code == 200:
        print("elif", n)
    for key in requests.get(BASE + "/json").json():
        print(key)
    print([requests.get(BASE + "/json").json()["b"] for _ in range(2)])
    print(f"{requests.get(BASE + '/json').status_code}")


asyncio.run(fetch())
