# /// case
# shows = "A loop in debug mode, with a handler for exceptions set on it."
# ///
import asyncio


async def main():
    return asyncio.get_running_loop().get_debug()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.set_debug(True)
print(loop.run_until_complete(main()))
loop.close()
