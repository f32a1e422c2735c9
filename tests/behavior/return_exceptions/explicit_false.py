# /// case
# shows = "An explicit `return_exceptions=False` is the default."
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


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    print(await asyncio.gather(work("a"), return_exceptions=False))
    try:
        await asyncio.gather(fail("x"), return_exceptions=False)
    except ValueError as error:
        print("value", error)


asyncio.run(main())
