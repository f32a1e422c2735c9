# /// case
# shows = "Zero-argument super() and a private name of the class among the arguments."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


class Base:
    async def load(self):
        await asyncio.sleep(0)
        return "base"


class Derived(Base):
    async def __private(self):
        return "private"

    async def load(self):
        return await asyncio.gather(super().load(), self.__private())


async def main():
    print(await Derived().load())


asyncio.run(main())
