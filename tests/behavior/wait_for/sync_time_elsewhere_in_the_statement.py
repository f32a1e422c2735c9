# /// case
# shows = "Time that the rest of the statement takes before the await does not count against the timeout."
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
        print(slow("a"), await asyncio.wait_for(answer(1), 0.2))
        total = slow(10) + await asyncio.wait_for(answer(2), 0.2)
        print(total)
        slow({"k": 1})["k"] += await asyncio.wait_for(answer(4), 0.2)
        [slow(5), await asyncio.wait_for(answer(5), 0.2)]
        print("done")
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
