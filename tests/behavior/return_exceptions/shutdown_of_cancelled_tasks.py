# /// case
# shows = "The shutdown idiom: cancel the tasks, then gather them quietly."
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
    tasks = [asyncio.create_task(work(name, 1)) for name in "ab"]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    print([repr(result) for result in results])


asyncio.run(main())
