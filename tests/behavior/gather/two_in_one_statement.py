# /// case
# shows = "Two gathers in one statement run one after the other."
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
    a, b = await asyncio.gather(work("a")), await asyncio.gather(work("b"))
    print(a + b)
    print(await asyncio.gather(work("c")) + await asyncio.gather(work("d")))


asyncio.run(main())
