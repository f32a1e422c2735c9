# /// case
# shows = "The task around the gather is cancelled: both children are, and the message is kept."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

cancelled = []


async def child(name):
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        cancelled.append(name)
        raise


async def parent():
    try:
        await asyncio.gather(child("a"), child("b"))
    except asyncio.CancelledError as error:
        print("cancelled", error.args)
        raise


async def main():
    task = asyncio.create_task(parent())
    await asyncio.sleep(0.01)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError:
        print(sorted(cancelled), task.cancelled())


asyncio.run(main())
