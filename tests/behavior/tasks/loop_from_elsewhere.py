# /// case
# shows = "Tasks created on a loop that is a parameter, an attribute or rebound."
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


class Service:
    def __init__(self, loop):
        self.loop = loop

    async def start(self, loop):
        first = self.loop.create_task(work("a"))
        second = loop.create_task(work("b"))
        return await first, await second


class Recorder:
    def __init__(self, loop):
        self.loop = loop

    def create_task(self, coro):
        print("recorded")
        return self.loop.create_task(coro)


async def main():
    loop = asyncio.get_running_loop()
    print(await Service(loop).start(loop))
    loop = Recorder(loop)
    print(await loop.create_task(work("c")))


asyncio.run(main())
