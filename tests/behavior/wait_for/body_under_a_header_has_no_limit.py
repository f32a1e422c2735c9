# /// case
# shows = "The body below a header with a wait_for may take as long as it likes."
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
        if await asyncio.wait_for(work("a"), 0.1):
            await asyncio.sleep(0.2)
            print("if")
        for _ in [1, await asyncio.wait_for(work("b"), 0.1)]:
            await asyncio.sleep(0.1)
        turn = 0
        while await asyncio.wait_for(work("c"), 0.1) and turn < 2:
            turn += 1
            await asyncio.sleep(0.15)
        if turn == 5:
            print("not here")
        elif await asyncio.wait_for(work("d"), 0.1):
            await asyncio.sleep(0.15)
            print("elif")
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
