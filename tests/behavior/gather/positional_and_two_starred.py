# /// case
# shows = "A positional argument, a starred generator and a starred list are flattened in order."
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
    results = await asyncio.gather(
        work("x"), *(work(str(i)) for i in range(2)), *[work("y")]
    )
    print(results)


asyncio.run(main())
