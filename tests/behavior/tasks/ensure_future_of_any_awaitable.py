# /// case
# shows = "ensure_future of an object with __await__, of a parameter and of a decorated function's result."
# ///
import asyncio
import functools


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


class Ready:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return "ready"


def started(function):
    @functools.wraps(function)
    def wrapper(*args):
        return asyncio.ensure_future(function(*args))

    return wrapper


@started
async def decorated(name):
    return await work(name)


async def run(thing):
    return await asyncio.ensure_future(thing)


async def main():
    print(await asyncio.ensure_future(Ready()))
    print(await asyncio.ensure_future(decorated("a")))
    print(await run(work("b")), await run(Ready()), await run(decorated("c")))


asyncio.run(main())
