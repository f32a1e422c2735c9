# /// case
# shows = "A handler for Exception that looks at the type and the arguments of what it caught."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    try:
        await asyncio.gather(fail("x"), fail("y", 0.05))
    except Exception as error:
        print(type(error).__name__, error.args)
    try:
        await asyncio.gather(fail("x"), fail("y", 0.05))
    except:
        import sys

        print(sys.exc_info()[0].__name__)


asyncio.run(main())
