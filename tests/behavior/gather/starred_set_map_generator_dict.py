# /// case
# shows = "Starred sets, maps, generators, dictionary views and ranges of coroutines."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def square(x):
    await asyncio.sleep(0)
    return x * x


def make():
    for i in range(3):
        print("make", i)
        yield square(i)


async def main():
    print(sorted(await asyncio.gather(*{square(i) for i in range(3)})))
    print(await asyncio.gather(*map(square, range(3))))
    print(await asyncio.gather(*(square(i) for i in range(3) if i != 1)))
    print(await asyncio.gather(*make()))
    print(await asyncio.gather(*{"a": square(4), "b": square(5)}.values()))
    table = {i: square(i) for i in range(3)}
    print(dict(zip(table, await asyncio.gather(*table.values()))))
    print(await asyncio.gather(*[]), await asyncio.gather())


asyncio.run(main())
