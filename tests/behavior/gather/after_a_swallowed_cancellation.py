# /// case
# shows = "A gather in a task that has swallowed its cancellation and goes on."
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


async def worker():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        print("not yet")
    try:
        await asyncio.gather(work("a", 0), fail("x"))
    except ValueError as error:
        print("value", error)
    await asyncio.sleep(0)
    return "result"


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.01)
    task.cancel()
    print(await task)


asyncio.run(main())
