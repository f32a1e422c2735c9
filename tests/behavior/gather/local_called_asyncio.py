# /// case
# shows = "A local variable is called asyncio, and gather was imported by name."
# ///
import asyncio as aio
from asyncio import gather


async def echo(value):
    await aio.sleep(0)
    return value


async def main(asyncio="not the module"):
    print(await gather(echo(1), echo(asyncio)))
    print(await aio.gather(echo(2), echo(3)))


aio.run(main())
