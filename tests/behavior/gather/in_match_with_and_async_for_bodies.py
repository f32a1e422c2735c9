# /// case
# shows = "Gathers in the bodies of match, with, async with and async for."
# changes = ["gather-to-taskgroup"]
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


async def ticks():
    for i in range(2):
        yield i


async def main():
    lock = asyncio.Lock()
    async with lock:
        print(await asyncio.gather(work("a")), lock.locked())
    with contextlib.nullcontext(3) as value:
        print(value, await asyncio.gather(work("b")))
    async for tick in ticks():
        match tick:
            case 0:
                await asyncio.gather(work("c"))
            case _:
                print(await asyncio.gather(work("d"), work("e")))


asyncio.run(main())
