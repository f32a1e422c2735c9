# /// case
# shows = "Time that the statement takes after the await cannot time out."
# changes = ["wait-for-to-timeout"]
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
    table = {}
    try:
        table[slow("key")] = await asyncio.wait_for(answer(1), 0.2)
        print(table)
        value = slow(await asyncio.wait_for(answer(2), 0.2))
        print(value)
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
