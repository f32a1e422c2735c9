# /// case
# shows = "A gather per element of a comprehension stays sequential from element to element."
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
    print([await asyncio.gather(work(f"{i}a"), work(f"{i}b")) for i in range(2)])


asyncio.run(main())
