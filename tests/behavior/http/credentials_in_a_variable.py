# /// case
# shows = "Credentials that are made before the request."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests
from requests.auth import HTTPBasicAuth

BASE = sys.argv[1]


async def fetch(password):
    auth = HTTPBasicAuth("user", password)
    pair = ("user", "other")
    first = requests.get(BASE + "/echo", auth=auth).json()["headers"]
    second = requests.get(BASE + "/echo", auth=pair).json()["headers"]
    print([value for name, value in first + second if name == "Authorization"])


asyncio.run(fetch("word"))
