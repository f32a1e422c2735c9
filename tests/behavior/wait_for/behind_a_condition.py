# /// case
# shows = "A wait_for that is reached only sometimes, with a timeout that exists only then."
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


async def main(limits):
    for flag in (False, True):
        print(flag and await asyncio.wait_for(work("and"), limits[flag]))
        print(flag or await asyncio.wait_for(work("or"), limits[not flag]))
        print(await asyncio.wait_for(work("if"), limits[flag]) if flag else "skipped")
        print(flag and await asyncio.wait_for(work("short"), 1))
        print(1 < flag < len(await asyncio.wait_for(work("chain"), limits[2])))
        assert True, await asyncio.wait_for(work("message"), limits[3])


asyncio.run(main({True: 1}))
