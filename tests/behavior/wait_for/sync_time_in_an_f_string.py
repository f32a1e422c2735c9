# /// case
# shows = "Time that an earlier part of an f-string takes does not count against the timeout."
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
        print(f"{slow('b')} {await asyncio.wait_for(answer(3), 0.2)}")
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
