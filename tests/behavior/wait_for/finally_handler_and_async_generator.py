# /// case
# shows = "A wait_for in a finally block, in a handler and in a yield."
# changes = ["wait-for-to-timeout"]
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


async def stream():
    for i in range(2):
        yield await asyncio.wait_for(work(str(i)), 0.1)


async def main():
    try:
        raise KeyError("k")
    except KeyError as error:
        print(error, await asyncio.wait_for(work("h"), 1))
    finally:
        await asyncio.wait_for(work("f"), 1)
    async for name in stream():
        await asyncio.sleep(0.15)
        print(name)


asyncio.run(main())
