# /// case
# shows = "Unpacking gives each name the result of its own argument, whatever finishes first."
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
    a, b = await asyncio.gather(work("a", 0.03), work("b"))
    print(a, b)


asyncio.run(main())
