# /// case
# shows = "Handlers for OSError and ValueError catch what requests raises."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(url):
    try:
        return requests.get(url, timeout=1).json()
    except OSError as error:
        return "OSError", isinstance(error, ValueError)
    except ValueError:
        return "ValueError"


for url in ("http://127.0.0.1:1/", BASE + "/html", "nohost", BASE + "/json"):
    print(asyncio.run(fetch(url)))
