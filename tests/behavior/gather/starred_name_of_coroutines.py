# /// case
# shows = "A list of coroutines that grows before it is gathered."
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


async def main():
    coros = [work("a"), work("b")]
    coros.append(work("c"))
    print(await asyncio.gather(*coros))
    print(len(coros))


asyncio.run(main())
