# /// case
# shows = "A gather that is stored runs in the background, can be asked and can be cancelled."
# unchanged = true
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
    future = asyncio.gather(work("a"), work("b"))
    await asyncio.sleep(0)
    print("meanwhile", future.done())
    print(await future)
    future = asyncio.gather(work("c", 1))
    await asyncio.sleep(0)
    future.cancel()
    try:
        await future
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
