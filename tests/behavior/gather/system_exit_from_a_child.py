# /// case
# shows = "SystemExit in a child ends the program with its code."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio
import sys


async def leave():
    await asyncio.sleep(0.01)
    sys.exit(3)


async def main():
    try:
        await asyncio.gather(leave(), asyncio.sleep(0.05))
    except Exception:
        print("not here")


asyncio.run(main())
