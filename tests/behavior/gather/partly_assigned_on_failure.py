# /// case
# shows = "Names keep their old values when the gather fails."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    a = b = "old"
    try:
        a, b = await asyncio.gather(echo("new"), fail("x"))
    except ValueError:
        print(a, b)


asyncio.run(main())
