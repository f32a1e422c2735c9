# /// case
# shows = "An awaitable that is gathered several times runs once, and its result stands in every place."
# ///
import asyncio


async def work(name):
    print("work", name)
    await asyncio.sleep(0)
    return name


async def main():
    coros = [work("a"), work("b")]
    print(await asyncio.gather(*coros, *coros))
    coro = work("c")
    print(await asyncio.gather(coro, *[coro, work("d")]))
    coro = work("e")
    coros = [coro, work("f")]
    print(await asyncio.gather(coro, *coros))
    pair = (work("g"), work("h"))
    print(await asyncio.gather(pair[0], pair[1], pair[0]))
    same = work("i")
    print(await asyncio.gather(*(same for _ in range(2))))
    known = {"key": work("j")}
    print(await asyncio.gather(*[known["key"] for _ in range(2)]))
    other = work("k")
    coros = [other for _ in range(2)]
    print(await asyncio.gather(*coros))
    third = work("l")
    coros = []
    for _ in range(2):
        coros.append(third)
    print(await asyncio.gather(*coros))
    coros = []
    for name in "mn":
        fresh = work(name)
        coros.append(fresh)
    print(await asyncio.gather(*coros))


asyncio.run(main())
