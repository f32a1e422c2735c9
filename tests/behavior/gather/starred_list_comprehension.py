# /// case
# shows = "Results stand in the order of the arguments although the tasks end in reverse order."
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
    print(await asyncio.gather(*[work(str(i), 0.25 - 0.1 * i) for i in range(3)]))


asyncio.run(main())
