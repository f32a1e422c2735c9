# /// case
# shows = "A wait_for that is the argument of a plain call in a return statement."
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


def wrap(value):
    return ["wrapped", value]


async def fetch():
    return wrap(await asyncio.wait_for(work("a"), 1))


async def main():
    print(await fetch())


asyncio.run(main())
