# /// case
# shows = "Time that the condition of a conditional expression takes does not count against the timeout."
# ///
import asyncio
import time


async def answer(value):
    await asyncio.sleep(0.01)
    return value


def slow(value):
    time.sleep(0.3)
    return value


async def main():
    try:
        x = await asyncio.wait_for(answer(1), 0.2) if slow(1) else None
        print(x)
        print(await asyncio.wait_for(answer(2), 0.2) if [slow(2)] else 0)
        print(0 if not slow(3) else await asyncio.wait_for(answer(3), 0.2))
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
