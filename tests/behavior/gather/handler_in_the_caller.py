# /// case
# shows = "The handler is in the caller, two frames up, and in a decorator."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio
import functools


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


def retried(times):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(*args):
            for attempt in range(times):
                try:
                    return await function(*args)
                except ValueError as error:
                    print("attempt", attempt, error)

        return wrapper

    return decorate


@retried(2)
async def load():
    await asyncio.gather(fail("x"), asyncio.sleep(0))


async def plain():
    await asyncio.gather(fail("y", 0.01, KeyError))


async def main():
    await load()
    try:
        await plain()
    except KeyError as error:
        print("key", error)


asyncio.run(main())
