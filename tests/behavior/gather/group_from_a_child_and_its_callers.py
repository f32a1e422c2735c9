# /// case
# shows = "A task that raises a group, and a caller that looks into groups."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


async def both(error):
    await asyncio.gather(work("a", 0.01, error), work("b"))


async def main():
    for error in (ExceptionGroup("several", [ValueError("x"), OSError("y")]), None):
        try:
            await both(error)
        except ExceptionGroup as group:
            print(group.message, group.exceptions)


asyncio.run(main())
