# /// case
# shows = "An object that merely is called asyncio, and a wait_for of another kind."
# unchanged = true
# ///
import asyncio as real


class Fake:
    async def wait_for(self, awaitable, timeout):
        return "fake", await awaitable, timeout


async def echo(value):
    return value


async def main(asyncio):
    print(await asyncio.wait_for(echo(1), 0.1))
    condition = real.Condition()
    async with condition:
        print(await condition.wait_for(lambda: True))


real.run(main(Fake()))
