# /// case
# shows = "A coroutine function whose decorator, rebinding or override makes its call return a task."
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


def started(function):
    @functools.wraps(function)
    def wrapper(*args):
        return asyncio.ensure_future(function(*args))

    return wrapper


@started
async def decorated(name):
    return await work(name)


async def rebound(name):
    return await work(name)


rebound = started(rebound)


class Base:
    async def run(self):
        return await work("base")

    async def both(self):
        return await asyncio.gather(self.run(), work("c"))


class Derived(Base):
    def run(self):
        return asyncio.ensure_future(work("derived"))


if asyncio:

    def conditional(name):
        return asyncio.ensure_future(work(name))

else:

    async def conditional(name):
        return await work(name)


async def main():
    print(await asyncio.gather(decorated("a"), work("x")))
    print(await asyncio.gather(rebound("b"), work("y")))
    print(await asyncio.gather(conditional("d"), work("z")))
    print(await Derived().both())


asyncio.run(main())
