# /// case
# shows = "A shielded task survives the timeout, a bare one is cancelled."
# changes = ["wait-for-to-timeout"]
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
    task = asyncio.create_task(work("a", 0.05))
    try:
        await asyncio.wait_for(asyncio.shield(task), 0.01)
    except asyncio.TimeoutError:
        print("timeout", task.done())
    print(await task)
    task = asyncio.create_task(work("b", 0.5))
    try:
        await asyncio.wait_for(task, 0.01)
    except asyncio.TimeoutError:
        print("timeout", task.cancelled())


asyncio.run(main())
