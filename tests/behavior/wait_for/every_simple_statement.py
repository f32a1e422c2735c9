# /// case
# shows = "A wait_for in each kind of simple statement."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


class Problem(Exception):
    pass


class Holder:
    pass


async def main():
    holder = Holder()
    table = {1: "one", 2: "two"}
    number: int = await asyncio.wait_for(echo(1), 1)
    holder.value = await asyncio.wait_for(echo(2), 1)
    first, *rest = await asyncio.wait_for(echo([1, 2, 3]), 1)
    x = y = await asyncio.wait_for(echo(4), 1)
    del table[await asyncio.wait_for(echo(1), 1)]
    assert await asyncio.wait_for(echo(True), 1), "fine"
    print(f"{await asyncio.wait_for(echo('f'), 1)!r:>5}", [await asyncio.wait_for(echo(5), 1)])
    (inline := await asyncio.wait_for(echo(6), 1))
    print(number, holder.value, first, rest, x is y, table, inline)
    try:
        assert not await asyncio.wait_for(echo("kept"), 1), await asyncio.sleep(0, "why")
    except AssertionError as error:
        print("assertion", error)
    try:
        raise Problem(await asyncio.wait_for(echo("p"), 1))
    except Problem as error:
        print(error.args)
    return await asyncio.wait_for(echo("returned"), 1)


print(asyncio.run(main()))
