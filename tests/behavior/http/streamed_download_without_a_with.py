# /// case
# shows = "A streamed response is open from its assignment to its last use, also twice, in a loop and beside another request."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def save(path):
    response = requests.get(BASE + path, stream=True)
    total = 0
    if response.status_code == 200:
        for chunk in response.iter_content(chunk_size=1000):
            total += len(chunk)
    else:
        print("status", response.status_code)
    return total


async def several():
    found = []
    for path in ("/json", "/missing"):
        reply = requests.get(BASE + path, stream=True)
        found.append(reply.status_code)
        text = reply.text
        print(len(text) > 0, requests.get(BASE + "/json").json()["a"])
    reply = requests.get(BASE + "/json", stream=True)
    lines = []
    for line in reply.iter_lines(decode_unicode=True):
        lines.append(line)
    return found, lines


async def broken():
    response = requests.get(BASE + "/missing", stream=True)
    response.raise_for_status()
    print(response.content)


async def main():
    print(await save("/json"), await save("/missing"))
    print(await several())
    try:
        await broken()
    except Exception:
        print("error")


asyncio.run(main())
