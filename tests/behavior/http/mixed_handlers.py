# /// case
# shows = "Handlers for timeouts, connection errors and everything else around one request."
# changes = ["requests-to-httpx"]
# ///
import asyncio
import sys

import requests
from requests.exceptions import ConnectionError, RequestException

BASE = sys.argv[1]


async def fetch(url):
    try:
        response = requests.get(url, timeout=0.5)
        response.raise_for_status()
    except requests.exceptions.Timeout:
        return "timeout"
    except ConnectionError:
        return "connection"
    except (requests.HTTPError, requests.exceptions.TooManyRedirects):
        return "status or redirects"
    except RequestException:
        return "other"
    else:
        return response.status_code
    finally:
        print("finally")


for url in (
    BASE + "/slow?s=1.5",
    BASE + "/drop",
    "http://127.0.0.1:1/",
    BASE + "/status/503",
    BASE + "/redirect/50",
    "nohost",
    BASE + "/json",
):
    print(asyncio.run(fetch(url)))
