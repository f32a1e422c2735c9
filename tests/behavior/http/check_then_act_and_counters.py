# /// case
# shows = "State that is read before the request and written after it stays consistent between tasks."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


class Cache:
    def __init__(self):
        self.answers = {}
        self.total = 0
        self.requests = 0

    async def get(self, path):
        if path not in self.answers:
            self.requests += 1
            self.answers[path] = requests.get(BASE + path).json()
        return self.answers[path]

    async def count(self):
        self.total += requests.get(BASE + "/json").json()["a"]


async def main():
    cache = Cache()
    await asyncio.gather(*[cache.get("/json") for _ in range(5)])
    await asyncio.gather(*[cache.count() for _ in range(5)])
    print(cache.requests, cache.total)


asyncio.run(main())
