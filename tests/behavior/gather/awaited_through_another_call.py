# /// case
# shows = "The gather is an argument of another awaited call."
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


async def combine(names, last):
    print("combine", names, last)
    await asyncio.sleep(0)
    return "".join(names) + last


async def main():
    print(await combine(await asyncio.gather(work("a"), work("b")), await work("c")))


asyncio.run(main())
