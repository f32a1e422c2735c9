# /// case
# shows = "A failing gather in a finally block; the task goes on afterwards."
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def worker():
    try:
        await asyncio.sleep(1)
    finally:
        try:
            await asyncio.gather(fail("x"), asyncio.sleep(0))
        except ValueError as error:
            print("value", error)
        await asyncio.sleep(0)
        print("still cleaning up")


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


asyncio.run(main())
