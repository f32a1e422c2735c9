# /// case
# shows = "A wait_for in the headers of if, for, async with and match."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio
import contextlib


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


@contextlib.asynccontextmanager
async def resource():
    print("enter")
    await asyncio.sleep(0.1)
    yield 1
    print("exit")


async def open_resource():
    return resource()


async def pair():
    return [1, 2]


async def main():
    result = "mine"
    if await asyncio.wait_for(work("a"), 1):
        print("yes")
    for x in await asyncio.wait_for(pair(), 1):
        print(x)
        await asyncio.sleep(0.02)
    async with await asyncio.wait_for(open_resource(), 0.05) as value:
        print("value", value)
    match await asyncio.wait_for(pair(), 1):
        case [first, _]:
            print(first)
    print(result)


asyncio.run(main())
