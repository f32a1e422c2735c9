# /// case
# shows = "A plain function that returns the gather, awaited by its caller."
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


def both():
    return asyncio.gather(work("a"), work("b"))


async def through_a_lambda():
    make = lambda: asyncio.gather(work("c"))
    return await make()


async def main():
    print(await both())
    print(await through_a_lambda())


asyncio.run(main())
