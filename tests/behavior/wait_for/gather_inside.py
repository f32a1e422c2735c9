# /// case
# shows = "A gather under a time limit."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    try:
        await asyncio.wait_for(asyncio.gather(fail("a", 0.2), fail("b", 0.2)), 0.02)
    except asyncio.TimeoutError:
        print("timeout")
    try:
        await asyncio.wait_for(asyncio.gather(fail("c"), asyncio.sleep(0.01)), 5)
    except ValueError as error:
        print("value", error)


asyncio.run(main())
