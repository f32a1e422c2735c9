# /// case
# shows = "KeyboardInterrupt is not returned as a value either."
# changes = ["gather-return-exceptions"]
# ///
import asyncio


async def interrupt():
    await asyncio.sleep(0.01)
    raise KeyboardInterrupt


async def main():
    results = await asyncio.gather(interrupt(), return_exceptions=True)
    print("not here", results)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
