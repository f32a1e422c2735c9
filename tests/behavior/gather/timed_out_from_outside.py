# /// case
# shows = "A timeout around a function that gathers."
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
    return await asyncio.gather(child("a"), child("b"))


async def main():
    try:
        async with asyncio.timeout(0.02):
            await parent()
    except TimeoutError as error:
        print("timeout", error.args, sorted(cancelled))


asyncio.run(main())
