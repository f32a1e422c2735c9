# /// case
# shows = "Annotated, attribute, subscript, walrus and global targets."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

shared = None


async def echo(value):
    await asyncio.sleep(0)
    return value


class Holder:
    pass


async def main():
    global shared
    names: list[int] = await asyncio.gather(echo(1), echo(2))
    holder = Holder()
    holder.values = await asyncio.gather(echo(3), echo(4))
    holder.first, holder.second = await asyncio.gather(echo(5), echo(6))
    shared = await asyncio.gather(echo(7))
    (inline := await asyncio.gather(echo(8)))
    table = {}
    table["a"], table["b"] = await asyncio.gather(echo(9), echo(10))
    print(names, holder.values, holder.first, holder.second, shared, inline, table)


asyncio.run(main())
