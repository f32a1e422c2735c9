# /// case
# shows = "Events, locks and semaphores under a time limit are left in good order."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def main():
    event = asyncio.Event()
    lock = asyncio.Lock()
    await lock.acquire()
    for waiting in (event.wait, lock.acquire):
        try:
            await asyncio.wait_for(waiting(), 0.02)
        except asyncio.TimeoutError:
            print("timeout")
    lock.release()
    print(await asyncio.wait_for(lock.acquire(), 0.5), lock.locked())
    asyncio.get_running_loop().call_later(0.01, event.set)
    print(await asyncio.wait_for(event.wait(), 0.5))


asyncio.run(main())
