# /// case
# shows = "A task that is created in an argument starts before the coroutine beside it."
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
    print(await asyncio.gather(work("b"), asyncio.create_task(work("c"))))


asyncio.run(main())
