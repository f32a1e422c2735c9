# /// case
# shows = "Objects that are entered by with, keep a session and are lifted with their callers."
# changes = ["requests-to-httpx"]
# flags = ["--unsafe"]
# ///
import sys

import requests

BASE = sys.argv[1]


class Api:
    """Keeps a session while it is entered."""

    def __init__(self, name):
        self.name = name
        self.session = requests.Session()
        self.session.headers["X-A"] = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, kind, error, traceback):
        print("exit", self.name, kind and kind.__name__)
        self.close()
        return kind is KeyError

    def load(self, path, params=None):
        answer = self.session.get(BASE + path, params=params).json()
        return answer["raw_path"], dict(map(tuple, answer["headers"]))["X-A"]

    def close(self):
        self.session.close()


class Loud(Api):
    """Changes what it inherits."""

    def load(self, path, params=None):
        return [str(part).upper() for part in super().load(path, params)]


def both():
    with Api("one") as one, Loud("two") as two:
        print(one.load("/echo"), two.load("/echo", {"a": None, "b": [1, 2]}))
        return one.load("/echo?x=1", params={"y": 2})


def suppressed():
    with Api("three") as three:
        print(three.load("/echo")["no number"[:0] or "key"])
        print("not reached")


def main():
    print(both())
    try:
        suppressed()
    except TypeError as error:
        print(type(error).__name__)
    with Loud("four") as four:
        raise KeyError(four.load("/echo")[1])
    print("suppressed")


if __name__ == "__main__":
    main()
