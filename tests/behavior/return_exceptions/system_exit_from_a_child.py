# /// case
# shows = "SystemExit is not returned as a value: it ends the program."
# changes = ["gather-return-exceptions"]
# ///
import asyncio
import sys


async def leave():
    await asyncio.sleep(0.01)
    sys.exit(4)


async def main():
    results = await asyncio.gather(leave(), asyncio.sleep(0.1), return_exceptions=True)
    print("not here", results)


asyncio.run(main())
