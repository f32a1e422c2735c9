# /// case
# shows = "A gather that is returned."
# changes = ["gather-to-taskgroup"]
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


async def both():
    return await asyncio.gather(work("a"), work("b"))


async def main():
    print(await both())


asyncio.run(main())
