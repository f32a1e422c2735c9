# /// case
# shows = "An attribute of the awaited call is a slow property."
# ///
import asyncio
import time


class Connection:
    async def ping(self):
        await asyncio.sleep(0.01)
        return "pong"


class Client:
    @property
    def connection(self):
        time.sleep(0.3)
        return Connection()

    async def check(self):
        return await asyncio.wait_for(self.connection.ping(), 0.2)


async def main():
    try:
        print(await Client().check())
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
