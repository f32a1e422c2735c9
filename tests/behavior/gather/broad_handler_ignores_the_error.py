# /// case
# shows = "A handler for Exception that does not look at what it caught."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    try:
        await asyncio.gather(fail("x"), fail("y", 0.05))
    except Exception:
        print("failed")
    print("on")


asyncio.run(main())
