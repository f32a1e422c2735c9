# /// case
# shows = "Tasks by ensure_future and by the loop's create_task."
# changes = ["ensure-future-to-create-task", "loop-create-task"]
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
    loop = asyncio.get_event_loop()
    first = asyncio.ensure_future(work("a"))
    second = loop.create_task(work("b"))
    print(await first, await second)


asyncio.run(main())
