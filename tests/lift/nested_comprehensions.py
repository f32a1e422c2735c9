def f(x):  # lift
    return [x]


def consume():  # lift
    print([[f(y) for y in range(x)] for x in range(3)])
    print([sum(len(f(y)) for y in range(x)) for x in range(3)])
    print(sum(sum(len(f(y)) for y in range(x)) for x in range(3)))
    print([[y for y in f(x)] for x in range(3)])


consume()
# --- becomes
import asyncio

async def f(x):  # lift
    return [x]


async def consume():  # lift
    print([[await f(y) for y in range(x)] for x in range(3)])
    print([sum([len(await f(y)) for y in range(x)]) for x in range(3)])
    print(sum([sum([len(await f(y)) for y in range(x)]) for x in range(3)]))
    print([[y for y in await f(x)] for x in range(3)])


asyncio.run(consume())
