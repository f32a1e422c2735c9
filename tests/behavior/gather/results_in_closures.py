# /// case
# shows = "Results captured by lambdas, default arguments and inner functions."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def main():
    shows = []
    for i in range(2):
        a, b = await asyncio.gather(echo(i), echo(-i))
        shows.append(lambda a=a: (a, b))

    def late():
        return a + b

    print([show() for show in shows], late())
    results = await asyncio.gather(echo(7), echo(8))
    print((lambda: results)())


asyncio.run(main())
