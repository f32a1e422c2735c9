# /// case
# shows = "A quiet gather in a for header, a comprehension source and an unpacking."
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
    for result in await asyncio.gather(work("a"), fail("x"), return_exceptions=True):
        print(repr(result))
    a, x = await asyncio.gather(work("b"), fail("y"), return_exceptions=True)
    print(a, repr(x))
    failures = [
        result
        for result in await asyncio.gather(
            fail("z"), work("c"), return_exceptions=True
        )
        if isinstance(result, BaseException)
    ]
    print(failures)
    if any(await asyncio.gather(fail("w"), return_exceptions=True)):
        print("any")


asyncio.run(main())
