# /// case
# shows = "A queue that had a waiter in the first run is read in the second, with plain code between them."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio

queue = asyncio.Queue()


async def put():
    await queue.put(1)
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except asyncio.TimeoutError:
        pass


async def get():
    return await queue.get()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(put())
print("between")
print(loop.run_until_complete(get()))
loop.close()
