# /// case
# shows = "A parameter has the name of the module that a rewrite might import."
# ///
from asyncio import run, sleep, wait_for


async def echo(value):
    await sleep(0)
    return value


async def shadowed(asyncio):
    return await wait_for(echo(asyncio), 1)


async def main():
    print(await wait_for(echo(1), 1), await shadowed("local asyncio"))


run(main())
