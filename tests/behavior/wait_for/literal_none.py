# /// case
# shows = "A timeout of None is no time limit."
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


async def main(limit=None):
    print(await asyncio.wait_for(work("a"), None))
    print(await asyncio.wait_for(work("b"), timeout=None))
    print(await asyncio.wait_for(work("c"), limit))
    print(await asyncio.wait_for(work("d"), timeout=limit))


asyncio.run(main())
