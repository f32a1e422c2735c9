# /// case
# shows = "A loop that contextlib.closing closes."
# ///
import asyncio
import contextlib


async def main():
    await asyncio.sleep(0)
    return "done"


with contextlib.closing(asyncio.new_event_loop()) as loop:
    print(loop.run_until_complete(main()))
