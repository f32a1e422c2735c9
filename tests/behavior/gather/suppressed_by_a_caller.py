# /// case
# shows = "A caller suppresses every error."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name

from contextlib import suppress


async def both(error):
    await asyncio.gather(work("a", 0.01, error), work("b"))
    print("both")


async def main():
    for error in (ValueError("x"), None):
        with suppress(Exception):
            await both(error)
        print("next")


asyncio.run(main())
