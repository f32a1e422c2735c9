# /// case
# shows = "A gather over a map of bound methods inside an asynchronous generator method."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


class Doubler:
    async def double(self, x):
        await asyncio.sleep(0)
        return x * 2

    async def stream(self):
        def start(x):
            return self.double(x)

        for value in await asyncio.gather(*map(start, [1, 2])):
            yield value


async def main():
    print([value async for value in Doubler().stream()])


asyncio.run(main())
