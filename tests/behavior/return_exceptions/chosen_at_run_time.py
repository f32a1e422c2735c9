# /// case
# shows = "Whether exceptions are returned is decided by a variable, or comes in a dictionary."
# unchanged = true
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


async def run(quiet, **options):
    try:
        print(await asyncio.gather(work("a"), fail("x"), return_exceptions=quiet))
    except ValueError as error:
        print("raised", error)
    try:
        print(await asyncio.gather(work("b", 0), fail("y"), **options))
    except ValueError as error:
        print("raised", error)


async def main():
    await run(False, return_exceptions=True)
    await run(True)


asyncio.run(main())
