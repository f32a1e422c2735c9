# /// case
# shows = "The wrong number of targets raises ValueError after the children have run."
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


async def main():
    try:
        a, b = await asyncio.gather(work("a"), work("b"), work("c"))
    except ValueError as error:
        print(error)
    try:
        a, b = await asyncio.gather(*[work(str(i)) for i in range(1)])
    except ValueError as error:
        print(error)


asyncio.run(main())
