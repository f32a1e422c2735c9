# /// case
# shows = "Results captured by lambdas in a loop."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def main():
    shows = []
    for i in range(2):
        x = await asyncio.wait_for(echo(i), 1)
        shows.append(lambda x=x: x)
        shows.append(lambda: x)
    print([show() for show in shows])


asyncio.run(main())
