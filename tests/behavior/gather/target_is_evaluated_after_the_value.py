# /// case
# shows = "A call in the assignment target runs after the children, as it always did."
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


def key():
    print("key")
    return "k"


async def main():
    found = {}
    found[key()] = await asyncio.gather(work("a"), work("b"))
    print(found)


asyncio.run(main())
