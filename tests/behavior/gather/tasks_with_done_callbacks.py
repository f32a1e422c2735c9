# /// case
# shows = "Callbacks hung on the tasks between their creation and the gather are called once each."
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
    finished = []
    tasks = [asyncio.create_task(work(str(i), 0.02 * i)) for i in range(2)]
    for task in tasks:
        task.add_done_callback(lambda done: finished.append(done.result()))
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)
    print(finished)


asyncio.run(main())
