# /// case
# shows = "What the consumer of an asynchronous generator does between two items has no time limit."
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


async def stream():
    received = []
    received.append((yield await asyncio.wait_for(work("a"), 0.1)))
    number: int = yield await asyncio.wait_for(work("b"), 0.1)
    total = yield await asyncio.wait_for(work("c"), 0.1)
    total += yield await asyncio.wait_for(work("d"), 0.1)
    yield received, number, total


async def main():
    items = stream()
    value = await items.asend(None)
    for i in range(4):
        await asyncio.sleep(0.15)
        print(value)
        value = await items.asend(i)
    print(value)


asyncio.run(main())
