# /// case
# shows = "Time that an argument of the awaited call takes does not count against the timeout."
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
        print(await asyncio.wait_for(answer(slow(1)), 0.2))
        print(await asyncio.wait_for(answer([slow(2) for _ in range(1)][0]), 0.2))
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
