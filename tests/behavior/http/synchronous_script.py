# /// case
# shows = "The plain functions of a script become coroutine functions, up to the guard."
# changes = ["asyncify", "requests-to-httpx"]
# ///
import sys

import requests

BASE = sys.argv[1]


def fetch(path):
    return requests.get(BASE + path).json()


def main():
    total = 0
    for path in ("/json", "/json"):
        total += fetch(path)["a"]
    print(total, [fetch("/json")["b"] for _ in range(2)])


if __name__ == "__main__":
    main()
