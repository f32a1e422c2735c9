# target: py310
from collections import Counter, deque
from typing import Iterator, overload


def f(x):  # lift
    return x


@overload
def pages(n: int) -> Iterator[int]: ...
@overload
def pages(n: str) -> Iterator[str]: ...
def pages(n):  # lift
    for x in n if isinstance(n, str) else range(n):
        yield f(x)


def consume():  # lift
    rows = pages(3)
    print("made")
    print(list(rows))
    other = pages("abc")
    first = next(other, None)
    print(first)
    for x in other:
        print(x)
    found = []
    found.extend(pages(2))
    if found:
        found.extend(pages(f(4)))  # all
    print(found, deque(pages(3), maxlen=1), Counter(pages(2)))


consume()
# --- becomes
# target: py310
import asyncio
from collections import Counter, deque
from typing import AsyncIterator, Iterator, overload


async def f(x):  # lift
    return x


@overload
def pages(n: int) -> AsyncIterator[int]: ...
@overload
def pages(n: str) -> AsyncIterator[str]: ...
async def pages(n):  # lift
    for x in n if isinstance(n, str) else range(n):
        yield await f(x)


async def consume():  # lift
    rows = pages(3)
    print("made")
    print([item async for item in rows])
    other = pages("abc")
    first = await anext(other, None)
    print(first)
    async for x in other:
        print(x)
    found = []
    async for item in pages(2):
        found.append(item)
    if found:
        async for item in pages(await f(4)):
            found.append(item)  # all
    print(found, deque([item async for item in pages(3)], maxlen=1), Counter([item async for item in pages(2)]))


asyncio.run(consume())
