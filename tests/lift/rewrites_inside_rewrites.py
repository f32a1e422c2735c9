from contextlib import contextmanager


def f(x):  # lift
    return x


def rows(n):  # lift
    print("open", n)
    try:
        for i in range(n):
            yield f(i)
    finally:
        print("close", n)


def flat(n):  # lift
    for i in rows(n):
        yield from [i, i]
        yield from plain(i)


def plain(n):  # lift
    yield from range(f(n))


@contextmanager
def opened(name):  # lift
    print("in", f(name))
    yield name
    print("out", name)


class Plain:
    def __enter__(self):
        return "plain"

    def __exit__(self, *_):
        pass


def consume():  # lift
    found = []
    with opened("a"), Plain() as p:
        for x in rows(3):
            with Plain(), opened("b") as b:
                for y in rows(x):
                    found.extend(plain(y))
                    if y:
                        break
                print("""keeps
its lines""", p, b, [
                    f(1),
                    sum(f(z) for z in range(2)),
                ])
    print(found, list(flat(3)))
    for x in flat(2):
        for y in rows(x):
            print(x, y)


consume()
# --- becomes
import asyncio
from contextlib import aclosing, asynccontextmanager, contextmanager


async def f(x):  # lift
    return x


async def rows(n):  # lift
    print("open", n)
    try:
        for i in range(n):
            yield await f(i)
    finally:
        print("close", n)


async def flat(n):  # lift
    async with aclosing(rows(n)) as items:
        async for i in items:
            for item in [i, i]:
                yield item
            async for item in plain(i):
                yield item


async def plain(n):  # lift
    for item in range(await f(n)):
        yield item


@asynccontextmanager
async def opened(name):  # lift
    print("in", await f(name))
    yield name
    print("out", name)


class Plain:
    def __enter__(self):
        return "plain"

    def __exit__(self, *_):
        pass


async def consume():  # lift
    found = []
    async with opened("a"):
        with Plain() as p:
            async with aclosing(rows(3)) as items_2:
                async for x in items_2:
                    with Plain():
                        async with opened("b") as b:
                            async with aclosing(rows(x)) as items_3:
                                async for y in items_3:
                                    async for item in plain(y):
                                        found.append(item)
                                    if y:
                                        break
                            print("""keeps
its lines""", p, b, [
                                await f(1),
                                sum([await f(z) for z in range(2)]),
                            ])
    print(found, [item async for item in flat(3)])
    async for x in flat(2):
        async with aclosing(rows(x)) as items_4:
            async for y in items_4:
                print(x, y)


asyncio.run(consume())
