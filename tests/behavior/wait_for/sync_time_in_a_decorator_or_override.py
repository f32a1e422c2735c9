# /// case
# shows = "Coroutine functions whose call takes time: by a decorator, a rebinding, an override or a second definition."
# ///
import asyncio
import functools
import time


def slowly(function):
    @functools.wraps(function)
    def wrapper(*args):
        time.sleep(0.3)
        return function(*args)

    return wrapper


async def answer(value=0):
    await asyncio.sleep(0.01)
    return value


@slowly
async def decorated(value):
    await asyncio.sleep(0.01)
    return value


async def rebound(value):
    await asyncio.sleep(0.01)
    return value


rebound = slowly(rebound)


class Base:
    async def load(self):
        await asyncio.sleep(0.01)
        return "base"

    async def run(self):
        return await asyncio.wait_for(self.load(), 0.2)


class Derived(Base):
    def load(self):
        time.sleep(0.3)
        return answer("derived")


async def main():
    try:
        print(await asyncio.wait_for(decorated(1), 0.2))
        print(await asyncio.wait_for(rebound(2), 0.2))
        print(await Derived().run())
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
