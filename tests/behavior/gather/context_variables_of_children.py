# /// case
# shows = "Each child has a copy of the context: what it sets is seen neither outside nor by siblings."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio
import contextvars

level = contextvars.ContextVar("level", default=0)


async def change(value):
    before = level.get()
    level.set(value)
    await asyncio.sleep(0)
    return before, level.get()


async def main():
    level.set(5)
    print(await asyncio.gather(change(1), change(2)), level.get())


asyncio.run(main())
