import sys


def f(x=1):  # lift
    return x


def g():  # lift
    yield f(1)


def use():  # lift
    print([_ for _ in g()], [x for x in[0]if(f)(x)or(f)()], not(f)())
    return(f)()


if __name__ == "__main__":
    sys.exit(0 if(use)()else(use)())
# --- becomes
import asyncio
import sys


async def f(x=1):  # lift
    return x


async def g():  # lift
    yield await f(1)


async def use():  # lift
    print([_ async for _ in g()], [x for x in[0]if await (f)(x)or await (f)()], not await (f)())
    return await (f)()


if __name__ == "__main__":
    sys.exit(0 if asyncio.run((use)())else asyncio.run((use)()))
