# /// case
# shows = "The handler for request errors is in the caller of the function that makes the request."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(url):
    response = requests.get(url, timeout=1)
    response.raise_for_status()
    return response.json()["a"]


async def main():
    for url in (BASE + "/status/404", "http://127.0.0.1:1/", BASE + "/html", BASE + "/json"):
        try:
            print(await fetch(url))
        except requests.HTTPError as error:
            print("status", error.response.status_code)
        except requests.RequestException as error:
            print("request", isinstance(error, requests.ConnectionError))


asyncio.run(main())
