# /// case
# shows = "An exception from evaluating the timeout arrives as itself."
# changes = ["wait-for-to-timeout"]
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


async def main(settings):
    try:
        await asyncio.wait_for(work("a"), settings["limit"])
    except KeyError as error:
        print("key", error)


asyncio.run(main({}))
