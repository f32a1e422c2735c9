# /// case
# shows = "An augmented assignment reads its target before the await."
# ///
import asyncio


class Holder:
    n = 1


async def bump(holder):
    await asyncio.sleep(0.005)
    holder.n = 10


async def five():
    await asyncio.sleep(0.01)
    return 5


async def main():
    holder = Holder()
    task = asyncio.create_task(bump(holder))
    holder.n += await asyncio.wait_for(five(), 1)
    print(holder.n)
    await task


asyncio.run(main())
