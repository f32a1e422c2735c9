# /// case
# shows = "Two tasks created just before the gather are read by name after it."
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
    first = asyncio.create_task(work("a"))
    second = asyncio.create_task(work("b", 0.02))
    await asyncio.gather(first, second)
    print(first.result(), second.result(), first.done())


asyncio.run(main())
