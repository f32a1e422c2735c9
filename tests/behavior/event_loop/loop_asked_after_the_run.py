# /// case
# shows = "The loop is asked for its state and used again after the run."
# refused = ["loop-used-after-close"]
# ///
import asyncio


async def main():
    await asyncio.sleep(0)
    return "done"


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(main()))
print(loop.is_running(), loop.is_closed(), asyncio.get_event_loop() is loop)
loop.close()
print(loop.is_closed())
