# /// case
# shows = "The name of the response is used for other things before and after."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


class Reply:
    ok = "my ok"
    reason = "my reason"
    url = "my url"


async def fetch(flag):
    response = Reply()
    print(response.ok, response.reason, response.url)
    if flag:
        response = requests.get(BASE + "/json")
    print(response.ok, response.reason)
    response = response.json() if flag else None
    print(response)


asyncio.run(fetch(True))
asyncio.run(fetch(False))
