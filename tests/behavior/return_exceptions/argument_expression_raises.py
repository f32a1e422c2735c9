# /// case
# shows = "An exception from evaluating an argument is raised, not returned."
# changes = ["gather-return-exceptions"]
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
        await asyncio.gather(work("a"), work({}["k"]), return_exceptions=True)
    except KeyError as error:
        print("raised", error)


asyncio.run(main())
