# /// case
# shows = "A generator of coroutines that raises after it has made the first two."
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


def make():
    yield work("a")
    yield work("b")
    raise KeyError("no more")


async def main():
    try:
        await asyncio.gather(*make())
    except KeyError as error:
        print("key", error)


asyncio.run(main())
