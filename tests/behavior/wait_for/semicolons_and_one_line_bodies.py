# /// case
# shows = "Statements on one line, separated by semicolons or behind a header."
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
    x = 1; a = await asyncio.wait_for(work("a"), 1); print(a, x)
    if x: b = await asyncio.wait_for(work("b"), 1); print(b)
    for _ in [1]: await asyncio.wait_for(work("c"), 1)
    else: await asyncio.wait_for(work("d"), 1); print("else")
    while x: x -= 1; await asyncio.wait_for(work("e"), 1)
    with open("/dev/null") as _: await asyncio.wait_for(work("f"), 1)


asyncio.run(main())
