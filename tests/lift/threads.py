# threads: load rows
import asyncio


def load(*args, **more):
    return [str(arg) for arg in args] + sorted(more)


class Shop:
    def rows(self, number):
        return list(range(number))


async def main():
    shop = Shop()
    print(load())
    print(load(1).pop(), load("a", *"bc", key=load()))
    for row in shop.rows(
        2,  # two of them
    ):
        print(row, [load(other) for other in (shop.rows(row) or [5])])
    if (load)(3) and not load( 4 ):
        return load(
            load(5)[0],
            5,
        )[0]


print(asyncio.run(main()))
# --- becomes
# threads: load rows
import asyncio


def load(*args, **more):
    return [str(arg) for arg in args] + sorted(more)


class Shop:
    def rows(self, number):
        return list(range(number))


async def main():
    shop = Shop()
    print(await asyncio.to_thread(load))
    print((await asyncio.to_thread(load, 1)).pop(), await asyncio.to_thread(load, "a", *"bc", key=await asyncio.to_thread(load)))
    for row in await asyncio.to_thread(shop.rows,
        2,  # two of them
    ):
        print(row, [await asyncio.to_thread(load, other) for other in (await asyncio.to_thread(shop.rows, row) or [5])])
    if await asyncio.to_thread((load), 3) and not await asyncio.to_thread(load, 4 ):
        return (await asyncio.to_thread(load,
            (await asyncio.to_thread(load, 5))[0],
            5,
        ))[0]


print(asyncio.run(main()))
