# /// case
# shows = "A time limit that ends what the callers of the group wait for."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


async def both(delay):
    await asyncio.gather(work("a", delay), work("b", delay))


async def main():
    for delay in (0.01, 5):
        try:
            async with asyncio.timeout(0.2):
                await both(delay)
        except asyncio.CancelledError:
            print("cancelled")
            raise
        except Exception:
            print("failed")
        else:
            print("in time")


asyncio.run(main())
