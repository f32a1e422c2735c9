# /// case
# shows = "A gather that is iterated over in the header of a for statement."
# changes = ["gather-to-taskgroup"]
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
    for name in await asyncio.gather(work("a"), work("b")):
        print("item", name)
    else:
        print("all")


asyncio.run(main())
