# /// case
# shows = "Time that a starred or comprehended iterable takes does not count against the timeout."
# ///
import asyncio
import time


async def answer(*values):
    await asyncio.sleep(0.01)
    return values


def lines():
    for i in range(3):
        time.sleep(0.1)
        yield i


async def main():
    try:
        source = lines()
        print(await asyncio.wait_for(answer(*source), 0.2))
        source = lines()
        print(await asyncio.wait_for(answer([i for i in source]), 0.2))
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
