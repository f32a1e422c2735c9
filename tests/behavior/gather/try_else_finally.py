# /// case
# shows = "A gather in the body of a try statement with except, else and finally."
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
    try:
        results = await asyncio.gather(work("a"))
    except ValueError:
        print("not here")
    else:
        print("else", results)
    finally:
        print("finally")


asyncio.run(main())
