# /// case
# shows = "One coroutine object given twice is run once and its result is given twice."
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
    coro = work("a")
    print(await asyncio.gather(coro, coro))
    task = asyncio.create_task(work("c"))
    print(await asyncio.gather(task, task))


asyncio.run(main())
