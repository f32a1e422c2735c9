# /// case
# shows = "Coroutines use the loop through the module's variable."
# ///
import asyncio

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


async def worker():
    await asyncio.sleep(0.01)
    return "worked"


async def main():
    task = loop.create_task(worker())
    future = loop.create_future()
    loop.call_soon(future.set_result, "set")
    return await task, await future, await loop.run_in_executor(None, len, "abc")


print(loop.run_until_complete(main()))
loop.close()
