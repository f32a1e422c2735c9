# /// case
# shows = "The children of an inner gather start first, because arguments are evaluated first."
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
    print(await asyncio.gather(work("a"), asyncio.gather(work("b"), work("c"))))


asyncio.run(main())
