# /// case
# shows = "An executor job and a future as the argument of run_until_complete."
# ///
import asyncio


async def main():
    await asyncio.sleep(0)
    return "main"


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(loop.run_in_executor(None, len, "abc")))
future = loop.create_future()
loop.call_soon(future.set_result, "future")
print(loop.run_until_complete(future))
print(loop.run_until_complete(asyncio.ensure_future(main(), loop=loop)))
loop.close()
