# /// case
# shows = "Gathers on both sides of the yield of an asynccontextmanager function."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio
import contextlib


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


@contextlib.asynccontextmanager
async def resources():
    names = await asyncio.gather(work("open a"), work("open b"))
    try:
        yield names
    finally:
        print("closing")
    await asyncio.gather(work("close a"), work("close b"))


async def main():
    async with resources() as names:
        print(names)


asyncio.run(main())
