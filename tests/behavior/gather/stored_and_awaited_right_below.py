# /// case
# shows = "A gather that is stored and awaited by the next statement, in a `try` and under a time limit."
# changes = ["gather-to-taskgroup", "wait-for-to-timeout"]
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


async def fail(name):
    await asyncio.sleep(0.02)
    raise ValueError(name)


async def plain():
    future = asyncio.gather(work("a"), work("b", 0.02))
    print(await future)


async def limited(delay):
    event = asyncio.Event()
    both: asyncio.Future = asyncio.gather(work("c"), event.wait())
    try:
        await asyncio.wait_for(both, delay)
    except asyncio.TimeoutError as error:
        print("expired", error.args)


async def failing():
    both = asyncio.gather(work("d"), fail("e"))
    try:
        await both
    except ValueError as error:
        print("failed", error, error.__cause__, error.__context__)
    else:
        print("unexpected")


async def cancelled():
    both = asyncio.gather(work("f", 1), asyncio.sleep(1))
    await both


async def main():
    await plain()
    await limited(0.05)
    await failing()
    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled from outside")


asyncio.run(main())
