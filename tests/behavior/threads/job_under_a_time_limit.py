# /// case
# shows = "An executor job under wait_for, inside an asynchronous generator and with a loop that is used for more."
# ///
import asyncio
import time


def nap(seconds):
    time.sleep(seconds)
    return seconds


async def naps():
    loop = asyncio.get_event_loop()
    for seconds in (0, 0.01):
        yield await loop.run_in_executor(None, nap, seconds)


async def main():
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        await asyncio.wait_for(loop.run_in_executor(None, nap, 0.4), 0.05)
    except asyncio.TimeoutError:
        print("timeout", loop.time() - started < 0.35)
    print([seconds async for seconds in naps()])


asyncio.run(main())
