# /// case
# shows = "Coroutines, tasks, futures and objects with __await__ come in through a parameter."
# ///
import asyncio


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


async def all_of(*awaitables):
    return await asyncio.gather(*awaitables)


async def two(first, second):
    x, y = await asyncio.gather(first, second)
    return y, x


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(0.01, future.set_result, "future")
    print(await all_of(work("a"), asyncio.create_task(work("b")), future, Ready()))
    print(await two(Ready(), work("c")))
    print(await all_of())


asyncio.run(main())
