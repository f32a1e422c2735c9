# /// case
# shows = "The block of a script becomes a coroutine function, with its comments, its loops and its exit code."
# changes = ["asyncify", "requests-to-httpx"]
# ///
import sys

import requests

BASE = sys.argv[1]


def names(path):
    answer = requests.get(BASE + path).json()
    for name in sorted(answer):
        yield name


def show(line, format="{}"):
    print(format.format(line))


if __name__ == '__main__':  # nothing of this on import
    # Both requests share a client.
    response = requests.get(BASE + "/json", headers={"X-Name": "block"})
    response.raise_for_status()
    for line in names("/json"):
        show(line)
    text = """kept
    as it is"""
    print(text)
    try:
        requests.get(BASE + "/missing").raise_for_status()
    except requests.exceptions.HTTPError:
        show("missing")
        sys.exit(3)
    # never reached
