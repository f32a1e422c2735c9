# /// case
# shows = "Starred, chained and nested assignment targets."
# changes = ["gather-to-taskgroup"]
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


async def pair():
    return 1, 2


async def main():
    first, *rest = await asyncio.gather(work("a"), work("b"), work("c"))
    print(first, rest)
    p = q = await asyncio.gather(work("d"))
    print(p is q, p)
    (x, y), z = await asyncio.gather(pair(), work("e"))
    print(x, y, z)


asyncio.run(main())
