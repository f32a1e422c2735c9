# /// case
# shows = "A task is run to its end and asked afterwards."
# ///
import asyncio


async def main():
    await asyncio.sleep(0)
    return "done"


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
task = loop.create_task(main())
loop.run_until_complete(task)
print(task.result())
loop.close()
