# /// case
# shows = "Two wait_for in one statement each have their own time."
# ///
import asyncio


async def answer(value, delay=0.15):
    await asyncio.sleep(delay)
    return value


async def main():
    try:
        first, second = (
            await asyncio.wait_for(answer("a"), 0.25),
            await asyncio.wait_for(answer("b"), 0.25),
        )
        print(first, second)
        print(
            await asyncio.wait_for(answer("c"), 0.25)
            + await asyncio.wait_for(answer("d"), 0.25)
        )
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
