# /// case
# shows = "Unreferenced tasks in a loop, in branches and in a method."
# ///
import asyncio


class Service:
    async def work(self, n):
        await asyncio.sleep(0.01)
        print("work", n)

    async def go(self, flag):
        for i in range(2):
            if flag: asyncio.create_task(self.work(i))
            else: asyncio.ensure_future(self.work(-i))


async def main():
    await Service().go(True)
    await Service().go(False)
    await asyncio.sleep(0.05)


asyncio.run(main())
