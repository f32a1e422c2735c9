# /// case
# shows = "The handler of a failed gather cancels what is left of the tasks created before the try."
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


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    tasks = [
        asyncio.create_task(work("slow", 1)),
        asyncio.create_task(fail("x")),
    ]
    try:
        await asyncio.gather(*tasks)
    except ValueError as error:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        print("handled", error, [task.cancelled() for task in tasks])


asyncio.run(main())
