# /// case
# shows = "Cancelling the task around a wait_for is not a timeout."
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


async def parent():
    try:
        await asyncio.wait_for(work("a", 1), 5)
    except asyncio.TimeoutError:
        print("not here")


async def main():
    task = asyncio.create_task(parent())
    await asyncio.sleep(0.01)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError as error:
        print("cancelled", task.cancelled(), error.args)


asyncio.run(main())
