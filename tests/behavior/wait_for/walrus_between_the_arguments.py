# /// case
# shows = "The timeout reads a name that the awaitable's arguments bind."
# ///
import asyncio


def number():
    print("number")
    return 0.5


async def echo(value):
    await asyncio.sleep(0.01)
    return value


async def main():
    print(await asyncio.wait_for(echo(n := number()), n))
    print(await asyncio.wait_for(echo(m := 0.25), m))
    print(n, m)


asyncio.run(main())
