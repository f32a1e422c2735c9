# /// case
# shows = "The result of a gather is indexed, called upon and unpacked in place."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def main():
    print((await asyncio.gather(echo(1), echo(2)))[-1])
    first = (await asyncio.gather(echo("a"), echo("b"))).index("b")
    print(first)
    print(*await asyncio.gather(echo(3), echo(4)), sep="-")
    print([0, *await asyncio.gather(echo(5), echo(6))])
    print(f"{await asyncio.gather(echo(7))!r:>10}")


asyncio.run(main())
