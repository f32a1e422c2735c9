import contextlib
from contextlib import contextmanager
from typing import Iterator


def f(x):  # lift
    return x


@contextmanager
def opened(name) -> Iterator[str]:  # lift
    print("open", f(name))
    try:
        yield name
    finally:
        print("close", name)


@contextlib.contextmanager
def quiet():  # lift
    try:
        yield
    except ValueError as error:
        print("quiet", f(error))


class Plain:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, *_):
        print("exit", self.name)


def consume():  # lift
    with opened("a") as a, opened(f("b")):
        print(a)
    with quiet():
        raise ValueError("x")
    with Plain(1), opened("c") as c, Plain(f(2)) as p:
        print(c, p.name)

        # a comment
        print("""
text""")
    with opened("d"), Plain(3), Plain(4): print("one line")
    with (
        opened("e") as e,
        Plain(5),
        Plain(6) as s,
    ):
        print(e, s.name)
    with (opened("f"), opened("g")):
        print("parentheses")
    with (opened("h"), Plain(7)):
        print("parentheses")
    with Plain(f("f")) as a, f(Plain("g")) as b:
        print(a.name, b.name)


consume()
# --- becomes
import asyncio
import contextlib
from contextlib import contextmanager
from typing import AsyncIterator, Iterator


async def f(x):  # lift
    return x


@contextlib.asynccontextmanager
async def opened(name) -> AsyncIterator[str]:  # lift
    print("open", await f(name))
    try:
        yield name
    finally:
        print("close", name)


@contextlib.asynccontextmanager
async def quiet():  # lift
    try:
        yield
    except ValueError as error:
        print("quiet", await f(error))


class Plain:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, *_):
        print("exit", self.name)


async def consume():  # lift
    async with opened("a") as a, opened(await f("b")):
        print(a)
    async with quiet():
        raise ValueError("x")
    with Plain(1):
        async with opened("c") as c:
            with Plain(await f(2)) as p:
                print(c, p.name)

                # a comment
                print("""
text""")
    async with opened("d"):
        with Plain(3), Plain(4): print("one line")
    async with opened("e") as e:
        with Plain(5):
            with Plain(6) as s:
                print(e, s.name)
    async with (opened("f"), opened("g")):
        print("parentheses")
    async with opened("h"):
        with Plain(7):
            print("parentheses")
    with Plain(await f("f")) as a, await f(Plain("g")) as b:
        print(a.name, b.name)


asyncio.run(consume())
