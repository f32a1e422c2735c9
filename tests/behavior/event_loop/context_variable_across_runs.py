# /// case
# shows = "A context variable set in the first run is not seen by the second."
# ///
import asyncio
import contextvars

level = contextvars.ContextVar("level", default=0)


async def first():
    level.set(1)
    return level.get()


async def second():
    return level.get()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(first()))
print(level.get())
print(loop.run_until_complete(second()))
loop.close()
