# /// case
# shows = "A wait_for that is limited by another wait_for."
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
    print(await asyncio.wait_for(asyncio.wait_for(work("a"), 1), 5))
    try:
        await asyncio.wait_for(asyncio.wait_for(work("b", 1), 5), 0.02)
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
