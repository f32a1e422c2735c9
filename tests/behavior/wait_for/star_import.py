# /// case
# shows = "Everything of asyncio by a star import."
# ///
from asyncio import *


async def echo(value):
    await sleep(0)
    return value


async def main():
    print(await wait_for(echo(1), 1))
    print(await gather(echo(2), echo(3)))


run(main())
