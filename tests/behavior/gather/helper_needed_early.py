# /// case
# shows = "Functions are called halfway down the module, before its later definitions exist."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def first():
    try:
        await asyncio.gather(fail("x"))
    except ValueError as error:
        print("value", error)


asyncio.run(first())


async def second():
    try:
        await asyncio.gather(fail("y"))
    except ValueError as error:
        print("value", error)
    print(await asyncio.gather(work("a"), fail("z"), return_exceptions=True))


asyncio.run(second())


async def third():
    try:
        await asyncio.gather(fail("z"))
    except ValueError as error:
        print("value", error)


if __name__ == "__main__":
    asyncio.run(third())
