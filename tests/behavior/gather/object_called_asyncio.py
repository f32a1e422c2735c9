# /// case
# shows = "An object that merely is called asyncio and has a gather of its own."
# unchanged = true
# ///
import asyncio as real


class Fake:
    async def gather(self, *awaitables):
        return [("fake", await awaitable) for awaitable in awaitables]


async def echo(value):
    return value


async def main(asyncio):
    print(await asyncio.gather(echo(1), echo(2)))


async def local_gather():
    async def gather(*awaitables):
        return len([await awaitable for awaitable in awaitables])

    print(await gather(echo(1), echo(2)))


real.run(main(Fake()))
real.run(local_gather())
