# /// case
# shows = "An exception raised while the arguments are being evaluated arrives as itself."
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
    try:
        await asyncio.gather(work("a"), work({}["k"]))
    except KeyError as error:
        print("KeyError", error)


asyncio.run(main())
