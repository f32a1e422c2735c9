# /// case
# shows = "Handlers that re-raise bare, raise from the error, and compare in a tuple."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def bare():
    try:
        await asyncio.gather(fail("x"))
    except (KeyError, ValueError):
        raise


async def wrapped():
    try:
        await asyncio.gather(fail("y"))
    except ValueError as error:
        raise RuntimeError("wrapped") from error


async def main():
    for function in (bare, wrapped):
        try:
            await function()
        except Exception as error:
            print(repr(error), repr(error.__cause__), repr(error.__context__))


asyncio.run(main())
