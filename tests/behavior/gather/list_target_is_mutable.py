# /// case
# shows = "The result is a list that may be appended to, sorted and cleared."
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
    results = await asyncio.gather(work("a"), work("b", 0.02))
    results.append("c")
    results.sort(reverse=True)
    print(type(results).__name__, results)
    results[0] = None
    del results[1:]
    print(results)


asyncio.run(main())
