# /// case
# shows = "A wait_for that is handed to a task, a gather, a lambda or a variable."
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
    task = asyncio.create_task(asyncio.wait_for(work("a"), 1))
    coro = asyncio.wait_for(work("b"), 1)
    print(await task, await coro)
    later = lambda: asyncio.wait_for(work("c"), 1)
    print(await later())
    results = await asyncio.gather(
        *[asyncio.wait_for(work(str(i), 0.02 + 0.3 * i), 0.1) for i in range(2)],
        return_exceptions=True,
    )
    print([repr(result) for result in results])
    print([await asyncio.wait_for(work(name), 1) for name in "de"])


asyncio.run(main())
