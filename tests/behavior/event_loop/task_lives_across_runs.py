# /// case
# shows = "A task started in the first run goes on in the second."
# ///
import asyncio

ticks = []


async def tick():
    while True:
        ticks.append(len(ticks))
        await asyncio.sleep(0.01)


async def start():
    global ticker
    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0.005)
    return len(ticks)


async def finish():
    await asyncio.sleep(0.05)
    ticker.cancel()
    try:
        await ticker
    except asyncio.CancelledError:
        print("ticker cancelled")
    return len(ticks) > 1


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(start()))
print("between", ticker.done())
print(loop.run_until_complete(finish()))
loop.close()
