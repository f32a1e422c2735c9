# target: py310
import typing
from typing import Dict, Generator, Iterable, Iterator
import collections.abc as abc


def f(x):  # lift
    return x


def pages(n) -> Iterator[int]:  # lift
    for i in range(n):
        if i == 9:
            return None
        yield f(i)
    return


def lines() -> Generator[Dict[str, int], None, None]:  # lift
    yield {"a": f(1)}


def words() -> "Iterable[str]":  # lift
    yield from f(["one", "two"])
    yield from pages(2)  # after
    it = f([1])
    yield from it


def dotted() -> typing.Iterator[int]:  # lift
    got = yield f(1)
    print("got", got)


def aliased() -> abc.Iterable[int]:  # lift
    yield f(1)


class Client:
    def rows(self, n):  # lift
        yield from pages(n)

    def all(self):  # lift
        return [row for row in self.rows(3)]


def consume():  # lift
    for page in pages(2):
        print(page)
    else:
        print("done")
    for page in pages(f(5)):
        if page:
            break
    print([x * 2 for x in pages(3) if x], {x for x in pages(2)}, {x: f(x) for x in pages(2)})
    print(list(pages(3)), set(pages(1)), tuple(pages(2)), sorted(pages(3), key=lambda x: -x))
    print(sum(pages(4)), max(pages(3), default=0), "".join(letters()))
    print(*pages(2), [0, *pages(2)], sum(x for x in pages(3)))
    print(list(lines()), list(words()), list(dotted()), list(aliased()), Client().all())
    print(next(pages(1), None), next(pages(0), "none"), [y for x in range(3) for y in pages(x)])
    item = 1
    print(list(pages(item)))


def letters():  # lift
    yield f("a")
    yield f("b")


consume()
# --- becomes
# target: py310
import asyncio
import typing
from typing import Dict, Generator, Iterable, Iterator
import collections.abc as abc


async def f(x):  # lift
    return x


async def pages(n) -> typing.AsyncIterator[int]:  # lift
    for i in range(n):
        if i == 9:
            return
        yield await f(i)
    return


async def lines() -> typing.AsyncGenerator[Dict[str, int], None]:  # lift
    yield {"a": await f(1)}


async def words() -> "typing.AsyncIterable[str]":  # lift
    for item in await f(["one", "two"]):
        yield item
    async for item in pages(2):
        yield item  # after
    it = await f([1])
    for item in it:
        yield item


async def dotted() -> typing.AsyncIterator[int]:  # lift
    got = yield await f(1)
    print("got", got)


async def aliased() -> abc.AsyncIterable[int]:  # lift
    yield await f(1)


class Client:
    async def rows(self, n):  # lift
        async for item in pages(n):
            yield item

    async def all(self):  # lift
        return [row async for row in self.rows(3)]


async def consume():  # lift
    async for page in pages(2):
        print(page)
    else:
        print("done")
    async for page in pages(await f(5)):
        if page:
            break
    print([x * 2 async for x in pages(3) if x], {x async for x in pages(2)}, {x: await f(x) async for x in pages(2)})
    print([item_2 async for item_2 in pages(3)], {item_2 async for item_2 in pages(1)}, tuple([item_2 async for item_2 in pages(2)]), sorted([item_2 async for item_2 in pages(3)], key=lambda x: -x))
    print(sum([item_2 async for item_2 in pages(4)]), max([item_2 async for item_2 in pages(3)], default=0), "".join([item_2 async for item_2 in letters()]))
    print(*[item_2 async for item_2 in pages(2)], [0, *[item_2 async for item_2 in pages(2)]], sum([x async for x in pages(3)]))
    print([item_2 async for item_2 in lines()], [item_2 async for item_2 in words()], [item_2 async for item_2 in dotted()], [item_2 async for item_2 in aliased()], await Client().all())
    print(await anext(pages(1), None), await anext(pages(0), "none"), [y for x in range(3) async for y in pages(x)])
    item = 1
    print([item_2 async for item_2 in pages(item)])


async def letters():  # lift
    yield await f("a")
    yield await f("b")


asyncio.run(consume())
