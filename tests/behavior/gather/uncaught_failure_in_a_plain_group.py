# /// case
# shows = "A failure that nothing catches ends a program that nothing imports in a group, with the same exit code."
# changes = ["gather-to-taskgroup"]
#
# [difference]
# why = "D-G10: an error that nothing catches is reported inside of a group."
# before = """
# exit 1: ValueError: x
# """
# after = """
# exit 1: ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
# """
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    await asyncio.gather(fail("x"), fail("s", 0.05))


asyncio.run(main())
