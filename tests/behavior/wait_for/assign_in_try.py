# /// case
# shows = "An assignment in a one-line try with a handler for asyncio.TimeoutError."
# changes = ["wait-for-to-timeout"]
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


async def main():
    try: x = await asyncio.wait_for(work("a", 0.5), timeout=0.02); print(x)
    except asyncio.TimeoutError: print("timeout")
    y = await asyncio.wait_for(work("b"), 1); print(y)


asyncio.run(main())
