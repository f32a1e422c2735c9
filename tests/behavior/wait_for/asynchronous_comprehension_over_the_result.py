# /// case
# shows = "An asynchronous comprehension over the result has no time limit."
# ///
import asyncio


async def ticks():
    for i in range(3):
        await asyncio.sleep(0.1)
        yield i


async def open_stream():
    await asyncio.sleep(0.01)
    return ticks()


async def main():
    try:
        values = [i async for i in await asyncio.wait_for(open_stream(), 0.2)]
        print(values)
        total = sum([i async for i in await asyncio.wait_for(open_stream(), 0.2)])
        print(total)
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
