# /// case
# shows = "A task is put on the loop before the loop runs."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio


async def worker():
    print("worker")
    await asyncio.sleep(0.01)


async def main():
    await asyncio.sleep(0.05)
    print("main")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
task = loop.create_task(worker())
loop.run_until_complete(main())
loop.close()
