# /// case
# shows = "Gather under an alias, beside a module attribute."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio as aio
from asyncio import gather as together
from asyncio import run, sleep


async def echo(value):
    await sleep(0)
    return value


async def main():
    print(await together(echo(1), echo(2)))
    a, b = await aio.gather(echo(3), echo(4))
    print(a, b)


run(main())
