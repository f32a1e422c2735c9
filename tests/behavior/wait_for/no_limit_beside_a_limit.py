# /// case
# shows = "Calls with and without a limit in one statement keep their order."
# changes = ["wait-for-to-timeout"]
# lacks = ["wait_for("]
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    await asyncio.sleep(delay)
    print("end", name)
    return name


async def main():
    print(await asyncio.wait_for(work("a"), 0.05), await asyncio.wait_for(work("b", 0.1), None))
    print(await asyncio.wait_for(work(await asyncio.wait_for(work("c", 0.1), None)), 0.05))
    print(await asyncio.wait_for(work(await asyncio.wait_for(work("d"), 0.05)), None))
    print(await asyncio.wait_for(asyncio.wait_for(work("e"), 0.05), None))
    for outer, inner in ((None, 0.02), (0.02, None)):
        try:
            if outer is None:
                await asyncio.wait_for(asyncio.wait_for(work("f", 1), 0.02), None)
            else:
                await asyncio.wait_for(asyncio.wait_for(work("g", 1), None), 0.02)
        except asyncio.TimeoutError as error:
            print(type(error).__name__, inner)
    if await asyncio.wait_for(work("h"), 0.05) and await asyncio.wait_for(work("i", 0.1), None):
        print("both")


asyncio.run(main())
