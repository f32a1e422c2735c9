# target: py39
def f(x):  # lift
    return [x]


def consume():  # lift
    print([[y for y in f(x)] for x in range(3)])
    print([[y for y in x] for x in [f(1)]])
    print([x for x in [f(x) for x in range(2)]])


consume()
# --- becomes
import asyncio

# target: py39
async def f(x):  # lift
    return [x]


async def consume():  # lift
    print([[y for y in await f(x)] for x in range(3)])
    print([[y for y in x] for x in [await f(1)]])
    print([x for x in [await f(x) for x in range(2)]])


asyncio.run(consume())
