# /// case
# shows = "A synchronous wrapper around the loop, called again and again by plain code."
# ///
import asyncio

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
lock = asyncio.Lock()
tasks = []


async def hold():
    async with lock:
        await asyncio.sleep(0.02)


async def step(value):
    if not tasks:
        tasks.append(asyncio.ensure_future(hold()))
        await asyncio.sleep(0)
    async with lock:
        return value * 2


def call(coro):
    return loop.run_until_complete(coro)


print([call(step(value)) for value in range(3)])
for value in range(3):
    print(call(step(value)))
loop.close()
