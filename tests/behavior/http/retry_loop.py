# /// case
# shows = "A retry loop with else, continue, break and a sleep in the handler."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(paths):
    for attempt, path in enumerate(paths):
        try:
            response = requests.get(BASE + path, timeout=1)
            response.raise_for_status()
        except requests.exceptions.ConnectionError:
            print("connection", attempt)
            await asyncio.sleep(0)
            continue
        except requests.exceptions.HTTPError as error:
            print("status", error.response.status_code)
            if error.response.status_code == 500:
                break
        else:
            return response.json()["a"]
    else:
        return "exhausted"
    return "given up"


print(asyncio.run(fetch(["/drop", "/status/404", "/json"])))
print(asyncio.run(fetch(["/drop", "/status/500", "/json"])))
print(asyncio.run(fetch(["/drop"])))
