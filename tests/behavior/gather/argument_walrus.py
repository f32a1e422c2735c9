# /// case
# shows = "A walrus in one argument is read by the next argument and after the gather."
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def main():
    print(await asyncio.gather(echo(n := 1), echo(n + 1)))
    results = await asyncio.gather(*[echo(last := i) for i in range(3)])
    print(n, last, results)


asyncio.run(main())
