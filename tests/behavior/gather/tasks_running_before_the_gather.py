# /// case
# shows = "Tasks that already ran during an earlier await keep their head start."
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
    tasks = [asyncio.create_task(work(str(i), 0.2)) for i in range(2)]
    await asyncio.sleep(0.01)
    print("before the gather")
    print(await asyncio.gather(*tasks, work("late")))


asyncio.run(main())
