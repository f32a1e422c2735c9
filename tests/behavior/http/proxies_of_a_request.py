# /// case
# shows = "A proxy that a request names is that of the client, with consent."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe", "--http-client-scope", "call"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    response = requests.get("http://nowhere.invalid/echo", proxies={"http": BASE})
    print(response.json()["raw_path"])
    try:
        requests.get("http://nowhere.invalid/echo", proxies={"http": "http://127.0.0.1:9"})
    except requests.ConnectionError:
        print("no proxy")


async def other():
    response = requests.get("http://nowhere.invalid/echo", proxies={"http": BASE, "https": BASE}, verify=False)
    print(response.json()["raw_path"])


async def of_session():
    with requests.Session() as session:
        session.proxies.update({"http": BASE})
        print(session.get("http://nowhere.invalid/echo").json()["raw_path"])


asyncio.run(fetch())
asyncio.run(other())
asyncio.run(of_session())
