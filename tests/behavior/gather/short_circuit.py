# /// case
# shows = "A gather behind `and`, `or` and a conditional expression runs only when it is reached."
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


async def main():
    for flag in (False, True):
        print(flag and await asyncio.gather(work("and")))
        print(flag or await asyncio.gather(work("or")))
        print(await asyncio.gather(work("if")) if flag else "skipped")


asyncio.run(main())
