# /// case
# shows = "The gathered coroutine functions bear the names a rewrite would like to bind."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def tg(value=0):
    await asyncio.sleep(0)
    return "tg", value


async def error():
    return "error"


async def group():
    return "group"


async def task():
    return "task"


async def tasks():
    return "tasks"


async def main():
    print(await asyncio.gather(tg(), error(), group(), task(), tasks()))
    print(await asyncio.gather(*[tg(i) for i in range(2)], task()))
    x, y = await asyncio.gather(task(), tasks())
    print(x, y)


asyncio.run(main())
