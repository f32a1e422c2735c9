# /// case
# shows = "Functions, methods, generators and what overrides them change together over several modules."
# changes = ["asyncify", "requests-to-httpx"]
# flags = ["--asyncify"]
# ///
import sys

from shop import Cached, Shop
from tools import first, numbers


class Report:
    def __init__(self, shop: Shop):
        self.shop = shop
        self.seen = []

    def lines(self):
        for path in numbers(3):
            yield f"{path} {self.shop.field(path, 'a')}"

    def show(self):
        for line in self.lines():
            self.seen.append(line)
            print(line)
        return [line for line in self.lines() if "json" in line]


def attempt(shop: Shop):
    try:
        return shop.field("/nowhere", "a")
    except KeyError as error:
        return f"no {error}"
    finally:
        print("tried")


def main():
    report = Report(Cached(sys.argv[1]))
    print(report.show(), len(report.seen))
    print(attempt(Shop(sys.argv[1])), first(Shop(sys.argv[1])) or "nothing")
    return 3


if __name__ == "__main__":
    sys.exit(main())
