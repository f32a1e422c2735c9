# /// case
# shows = "Executor jobs with arguments, with a partial and with a lambda."
# changes = ["run-in-executor-to-thread"]
# ///
import asyncio
import functools


def add(a, b=1):
    return a + b


async def main():
    loop = asyncio.get_event_loop()
    print(
        await loop.run_in_executor(None, add, 1),
        await loop.run_in_executor(None, functools.partial(add, 1, b=5)),
        await loop.run_in_executor(None, lambda: add(2)),
    )


asyncio.run(main())
