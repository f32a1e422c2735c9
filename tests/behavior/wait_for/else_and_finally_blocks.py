# /// case
# shows = "A wait_for in else and finally blocks, one of them timing out."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


async def attempt(delay):
    try:
        print("body")
    except asyncio.TimeoutError:
        print("not here")
    else:
        await asyncio.wait_for(work("else", delay), 0.05)
    finally:
        try:
            await asyncio.wait_for(work("finally", delay), 0.05)
        except asyncio.TimeoutError:
            print("finally timed out")


async def main():
    await attempt(0.01)
    try:
        await attempt(0.5)
    except asyncio.TimeoutError as error:
        print("timeout", error.args, type(error).__name__)


asyncio.run(main())
