# /// case
# shows = "ensure_future of a task or a future gives the very same object."
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
    task = asyncio.create_task(work("a"))
    same = asyncio.ensure_future(task)
    print(same is task, await same)
    future = asyncio.get_running_loop().create_future()
    print(asyncio.ensure_future(future) is future)
    future.cancel()


async def either(thing):
    return await asyncio.ensure_future(thing)


asyncio.run(main())
asyncio.run(either(asyncio.sleep(0)))
