# /// case
# shows = "The child's error is swallowed by contextlib.suppress and by an asynchronous context manager."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio
import contextlib


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


class Swallow:
    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        print("leaving with", kind.__name__, error)
        return issubclass(kind, ValueError)


async def main():
    with contextlib.suppress(ValueError):
        await asyncio.gather(fail("x"), asyncio.sleep(0))
        print("not here")
    async with Swallow():
        await asyncio.gather(fail("y"), asyncio.sleep(0))
    print("out")


asyncio.run(main())
