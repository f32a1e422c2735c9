# /// case
# shows = "Tasks created in a comprehension right before the gather can still be asked afterwards."
# changes = ["gather-to-taskgroup"]
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
    tasks = [asyncio.create_task(work(str(i))) for i in range(3)]
    results = await asyncio.gather(*tasks)
    print(results, [task.done() for task in tasks])


asyncio.run(main())
