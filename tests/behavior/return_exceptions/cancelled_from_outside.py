# /// case
# shows = "Cancelling the parent cancels the children and leaves no list behind."
# changes = ["gather-return-exceptions"]
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
    results = await asyncio.gather(child("a"), child("b"), return_exceptions=True)
    print("not here", results)


async def main():
    task = asyncio.create_task(parent())
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print(sorted(cancelled), task.cancelled())


asyncio.run(main())
