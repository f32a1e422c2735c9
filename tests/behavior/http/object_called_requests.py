# /// case
# shows = "An object that merely is called requests."
# unchanged = true
# ///
import asyncio
import sys

import requests as real


class Fake:
    def get(self, url):
        return "fake " + url

    def Session(self):
        return "fake session"


async def fetch(requests):
    print(requests.get("somewhere"), requests.Session())


asyncio.run(fetch(Fake()))
print(real.__name__, len(sys.argv))
