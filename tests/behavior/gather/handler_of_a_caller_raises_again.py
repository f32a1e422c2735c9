# /// case
# shows = "A handler raises the error again, and the next one catches everything."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


async def both(error):
    return await asyncio.gather(work("a", 0.01, error), work("b"))


async def step(error):
    try:
        return await both(error)
    except Exception:
        print("step failed")
        raise


async def main():
    for error in (None, ValueError("x"), TimeoutError()):
        try:
            print(await asyncio.wait_for(step(error), 5))
        except:
            print("failed")


asyncio.run(main())
