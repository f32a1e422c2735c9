# /// case
# shows = "Requests in threads go through a client, with consent."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    first = await asyncio.to_thread(requests.get, BASE + "/echo", {"a": 1}, timeout=5)
    print(first.json()["raw_path"], (await asyncio.to_thread(requests.head, BASE + "/redirect/1")).status_code)
    try:
        second = await asyncio.to_thread(requests.request, "POST", BASE + "/status/404", json={"b": 2})
        second.raise_for_status()
    except requests.HTTPError as error:
        print(error.response.status_code)
    with await asyncio.to_thread(requests.get, BASE + "/bytes", stream=True) as response:
        print(sum([len(chunk) for chunk in response.iter_content(1000)]))


async def both():
    with requests.Session() as session:
        await asyncio.to_thread(session.get, BASE + "/cookies")
        return session.get(BASE + "/echo").json()["headers"]


asyncio.run(fetch())
print([value for name, value in asyncio.run(both()) if name == "Cookie"])
