# /// case
# shows = "Two calls of one function: the second sends the cookies that the first was given."
# changes = ["requests-to-httpx"]
#
# [difference]
# why = "D-H11: the calls of one function share a client, and with it the cookies."
# before = """
# None
# exit 0
# """
# after = """
# a=1; b=2
# exit 0
# """
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    requests.get(BASE + "/cookies")
    answer = requests.get(BASE + "/echo").json()
    print(dict(map(tuple, answer["headers"])).get("Cookie"))


asyncio.run(fetch())
