# /// case
# shows = "Arguments from an asynchronous comprehension: children start when all are there."
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


async def names():
    for name in "ab":
        await asyncio.sleep(0.02)
        print("name", name)
        yield name


async def main():
    print(await asyncio.gather(*[work(name) async for name in names()]))


asyncio.run(main())
