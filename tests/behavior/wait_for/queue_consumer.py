# /// case
# shows = "The consumer of a queue with continue and break around the timeout."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def main():
    queue = asyncio.Queue()
    queue.put_nowait(1)
    asyncio.get_running_loop().call_later(0.3, queue.put_nowait, None)
    while True:
        try:
            item = await asyncio.wait_for(queue.get(), timeout=0.2)
        except asyncio.TimeoutError:
            print("idle")
            continue
        if item is None:
            break
        print(item)


asyncio.run(main())
