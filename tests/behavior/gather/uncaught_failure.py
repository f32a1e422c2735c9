# /// case
# shows = "An uncaught failure ends the program with the same last line and exit code."
# changes = ["gather-to-taskgroup"]
# flags = ["--exceptions", "unwrap"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    await asyncio.gather(fail("x"), fail("s", 0.05))


asyncio.run(main())
