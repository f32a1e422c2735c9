# /// case
# shows = "Tasks and futures that fail before and during the gather come back as values."
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


async def quiet(*awaitables):
    return await asyncio.gather(*awaitables, return_exceptions=True)


async def main():
    loop = asyncio.get_running_loop()
    failed = loop.create_future()
    failed.set_exception(KeyError("future"))
    task = asyncio.create_task(fail("task"))
    cancelled = loop.create_future()
    loop.call_later(0.005, cancelled.set_result, "set")
    print(await quiet(work("a"), failed, task, cancelled))
    print(task.done(), failed.done())


asyncio.run(main())
