# /// case
# shows = "A gather in a finally block of a task that is being cancelled."
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


async def worker():
    try:
        await asyncio.sleep(1)
    finally:
        print(await asyncio.gather(work("a"), work("b")))
        await asyncio.sleep(0)
        print("cleaned up")


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
