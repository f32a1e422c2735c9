# /// case
# shows = "One handler covers a request here, one in a plain function and an error raised by hand."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


def plain(path):
    return requests.get(BASE + path, timeout=1)


async def mixed(path):
    try:
        first = requests.get(BASE + "/json", timeout=1)
        second = plain(path)
        print(first.json()["a"], second.status_code)
        second.raise_for_status()
    except requests.RequestException as error:
        print("handled", type(error).__name__)


async def by_hand():
    try:
        response = requests.get(BASE + "/json", timeout=1)
        if response.status_code == 200:
            raise requests.HTTPError("too good")
    except requests.HTTPError as error:
        print("by hand", error)


async def main():
    await mixed("/drop")
    await mixed("/status/404")
    await by_hand()


asyncio.run(main())
