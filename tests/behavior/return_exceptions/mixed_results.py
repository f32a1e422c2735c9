# /// case
# shows = "Results and exceptions stand side by side in the order of the arguments."
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


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    for result in await asyncio.gather(
        work("a"), fail("x"), work("b", 0.03), return_exceptions=True
    ):
        print(repr(result), isinstance(result, Exception))


asyncio.run(main())
