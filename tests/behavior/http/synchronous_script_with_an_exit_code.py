# /// case
# shows = "The exit code and the errors of a script come out of its coroutines."
# changes = ["asyncify", "requests-to-httpx"]
# ///
import sys

import requests

BASE = sys.argv[1]
SEEN = []


class Missing(Exception):
    pass


def fetch(path):
    response = requests.get(BASE + path)
    if response.status_code == 404:
        raise Missing(path)
    return response.json()


def tried(path):
    try:
        return fetch(path)["a"]
    except Missing as error:
        return f"missing {error}"
    finally:
        SEEN.append(path)


def depth(level):
    return fetch("/json")["a"] if level == 0 else depth(level - 1)


def main():
    print({path: tried(path) for path in ["/json", "/nowhere"]})
    print(depth(3) if tried("/json") else "nothing", SEEN)
    return len(SEEN)


if __name__ == "__main__":
    sys.exit(main())
