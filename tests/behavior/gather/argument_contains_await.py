# /// case
# shows = "No child starts before an argument that awaits something has been evaluated."
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
    print(await asyncio.gather(work("a", 0.02), work(await work("inner"))))


asyncio.run(main())
