# /// case
# shows = "Nobody looks at the results: failures stay without effect."
# changes = ["gather-return-exceptions"]
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    await asyncio.gather(*(fail(i) for i in range(3)), work("z"), return_exceptions=True)
    print("on")


asyncio.run(main())
