# /// case
# shows = "A task created before the run is asked for its result after the loop is closed."
# ///
import asyncio


async def worker():
    await asyncio.sleep(0.01)
    return "worked"


async def main():
    await asyncio.sleep(0.05)
    print("main")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
task = loop.create_task(worker())
loop.run_until_complete(main())
loop.close()
print(task.done(), task.result())
