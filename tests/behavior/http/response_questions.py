# /// case
# shows = "Header names, cookies, encodings and truth of a response are asked in every way."
# ///
import asyncio
import sys

import requests

BASE = sys.argv[1]


async def fetch():
    response = requests.get(BASE + "/cookies")
    print(response.cookies["a"], sorted(response.cookies.get_dict()))
    print(sorted(name for name in response.headers if name.lower() != "date"))
    print("Content-Type" in response.headers, response.headers.get("content-TYPE"))
    other = requests.get(BASE + "/status/302", allow_redirects=False)
    other.raise_for_status()
    print(other.ok, other.is_redirect, other.url == BASE + "/status/302")
    print(other.url.startswith("http://"), other.url + "!", other.elapsed.days)


asyncio.run(fetch())
