# /// case
# shows = "What the statement awaits after the wait_for has no time limit."
# ///
import asyncio


class Connection:
    async def send(self, value):
        await asyncio.sleep(0.3)
        return value


async def connect():
    await asyncio.sleep(0.01)
    return Connection()


async def main():
    try:
        print(await (await asyncio.wait_for(connect(), 0.2)).send("sent"))
        first, second = await asyncio.wait_for(connect(), 0.2), await asyncio.sleep(0.3, "b")
        print(type(first).__name__, second)
        second, first = await asyncio.sleep(0.3, "c"), await asyncio.wait_for(connect(), 0.2)
        print(type(first).__name__, second)
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
