# /// case
# shows = "Plain code asks for the current loop after the run and uses it."
# ///
import asyncio


async def main():
    return "done"


def later():
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(asyncio.sleep(0, "later"))


asyncio.set_event_loop(asyncio.new_event_loop())
loop = asyncio.get_event_loop()
print(loop.run_until_complete(main()))
print(later())
loop.close()
