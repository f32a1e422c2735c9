# /// case
# shows = "An asynchronous generator that gathers before each yield and is closed early."
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


async def pages():
    for i in range(3):
        try:
            yield await asyncio.gather(work(f"{i}a"), work(f"{i}b"))
        finally:
            print("page", i)


async def main():
    stream = pages()
    async for page in stream:
        print(page)
        if page[0] == "1a":
            break
    await stream.aclose()


asyncio.run(main())
