# /// case
# shows = "A gather below except* keeps its one exception."
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    try:
        await asyncio.gather(fail("x"), asyncio.sleep(0))
    except* ValueError as group:
        print(len(group.exceptions), repr(group.exceptions[0]))


asyncio.run(main())
