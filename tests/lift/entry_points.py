# keep: main start cli
import functools
import sys


def f(x):  # lift
    return x


def main(argv=None, *, retries: int = 3, **rest) -> int:  # lift
    """Says hello.

    Twice."""
    # the work
    print("hello", f(argv), retries, rest)
    return f(0)


def show(function):
    print(function.__name__, function.__doc__)
    return function


@show
def cli(first, /, second=[].copy(), *others, third=len("abc")): return f((first, second, others, third))  # lift


def _main():
    return "taken"


class App:
    def start(self, x):  # lift
        return self.steps(x)

    def steps(self, x):  # lift
        return [f(x), self.start(x - 1) if x else None]


def again():  # lift
    return main(["again"]) + f(1)


if __name__ == "__main__":
    print(cli(1), cli(1, 2, 3, third=4), App().start(1), _main(), again())
    sys.exit(main(sys.argv[1:], retries=1, more=2))
# --- becomes
# keep: main start cli
import asyncio
import functools
import sys


async def f(x):  # lift
    return x


def main(argv=None, *, retries: int = 3, **rest) -> int:
    """Says hello.

    Twice."""
    return asyncio.run(_main_2(argv, retries=retries, **rest))


async def _main_2(argv=None, *, retries: int = 3, **rest) -> int:  # lift
    # the work
    print("hello", await f(argv), retries, rest)
    return await f(0)


def show(function):
    print(function.__name__, function.__doc__)
    return function


@show
def cli(first, /, second=[].copy(), *others, third=len("abc")):
    return asyncio.run(_cli(first, second, *others, third=third))


async def _cli(first, /, second, *others, third): return await f((first, second, others, third))  # lift


def _main():
    return "taken"


class App:
    def start(self, x):
        return asyncio.run(self._start(x))

    async def _start(self, x):  # lift
        return await self.steps(x)

    async def steps(self, x):  # lift
        return [await f(x), await self._start(x - 1) if x else None]


async def again():  # lift
    return await _main_2(["again"]) + await f(1)


if __name__ == "__main__":
    print(cli(1), cli(1, 2, 3, third=4), App().start(1), _main(), asyncio.run(again()))
    sys.exit(main(sys.argv[1:], retries=1, more=2))
