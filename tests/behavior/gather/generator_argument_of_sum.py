# /// case
# shows = "A gather that is the source of a generator expression inside a call."
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
    total = sum(len(name) for name in await asyncio.gather(work("ab"), work("c")))
    print(total)


asyncio.run(main())
