# /// case
# shows = "Calls in every place of a plain program are awaited where they stand."
# changes = ["asyncify", "requests-to-httpx"]
# ///
import sys

import requests

BASE = sys.argv[1]
LOG = []


def fetch(path):
    LOG.append(path)
    return requests.get(BASE + path).json()


def value(path, name="a", *rest, **more):
    return fetch(path)[name]


class Counter:
    total = 0

    def add(self, path):
        self.total += value(path)
        return self

    @classmethod
    def of(cls, path):
        return cls().add(path)

    @staticmethod
    def name(path):
        return value(path, name="b")


def pages(count):
    for _ in range(count):
        yield value("/json")


def outer():
    def inner(path):
        return value(path)

    return inner("/json") + value("/json")


def main():
    counter = Counter.of("/json").add("/json")
    print(counter.total, Counter.name("/json"), f"{value('/json')!r:>4}")
    if value("/json") and not value("/json") == 5:
        print("yes" if value("/json") > 0 else "no", -value("/json") ** 2)
    while (found := value("/json")) and len(LOG) < 12:
        print(found)
    assert value("/json"), value("/json")
    print({value("/json"): [value("/json") for _ in range(2)]}, outer())
    print(sum(pages(3)), [page for page in pages(2) if page])
    with open(__file__) as file:
        print(bool(file.readline()), value("/json"))
    try:
        value("/json", "missing")
    except KeyError as error:
        print("missing", error)
    else:
        print("found")
    finally:
        print(len(LOG))


if __name__ == "__main__":
    main()
