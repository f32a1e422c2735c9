# /// case
# shows = "A list that repeats one coroutine object runs it once."
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
    coros = [work("a")] * 2
    print(await asyncio.gather(*coros))


asyncio.run(main())
