# /// case
# shows = "A starred argument behind a keyword and the default of a lambda are evaluated before the call."
# ///
import asyncio
import time


async def answer(value):
    await asyncio.sleep(0.01)
    return value


def slow(value):
    time.sleep(0.3)
    return value


def show(*args, **kwargs):
    print([arg() if callable(arg) else arg for arg in args], kwargs)


async def main():
    try:
        show(key=await asyncio.wait_for(answer(1), 0.2), *[slow(1)])
        show(key=await asyncio.wait_for(answer(2), 0.2), *map(slow, [2]))
        show(lambda x=slow(3): x, await asyncio.wait_for(answer(3), 0.2))
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
