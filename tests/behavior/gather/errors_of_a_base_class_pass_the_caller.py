# /// case
# shows = "An error that is no Exception passes the broad handler of the caller as itself."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


class Abort(BaseException):
    pass


async def both(error):
    await asyncio.gather(work("a", 0.01, error), work("b"))


async def step(error):
    try:
        await both(error)
    except Exception:
        print("failed")


async def main():
    for error in (ValueError("x"), Abort("y")):
        try:
            await step(error)
        except Abort as abort:
            print("aborted", abort)


asyncio.run(main())
