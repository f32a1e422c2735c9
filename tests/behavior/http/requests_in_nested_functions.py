# /// case
# shows = "Requests in a nested plain function, in a lambda and in a function given to a thread."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    def get(path):
        return requests.get(BASE + path).json()

    later = lambda: requests.get(BASE + "/json").status_code
    print(get("/json"), later())
    print(await asyncio.to_thread(get, "/json"))
    print(await asyncio.to_thread(requests.get, BASE + "/status/404"))
    print(list(map(lambda path: requests.get(BASE + path).ok, ["/json", "/status/500"])))


asyncio.run(fetch())
