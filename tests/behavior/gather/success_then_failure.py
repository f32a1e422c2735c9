# /// case
# shows = "Two gathers in one function, the second of which fails."
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


async def main():
    try:
        print(await asyncio.gather(work("a", 0.02), work("b")))
    except ValueError:
        print("not here")
    try:
        await asyncio.gather(fail("x"), fail("b", 0.05))
    except ValueError as error:
        print("value", error)


asyncio.run(main())
