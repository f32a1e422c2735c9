# /// case
# shows = "A session that is closed whatever happens, with parameters of its own."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch(status: int):
    session = requests.Session()
    session.params = {"p": 1, "q": "ä"}
    session.headers["X-Name"] = "x"
    try:
        first = session.get(f"{BASE}/echo")
        print(first.json()["raw_path"], ["X-Name", "x"] in first.json()["headers"])
        print(session.get(f"{BASE}/echo", params={"q": "own", "r": 2}).json()["raw_path"])
        session.get(f"{BASE}/status/{status}").raise_for_status()
        return "done"
    finally:
        session.close()
        print("closed")


async def main():
    print(await fetch(200))
    try:
        await fetch(500)
    except Exception as error:
        print(error.response.status_code)


asyncio.run(main())
