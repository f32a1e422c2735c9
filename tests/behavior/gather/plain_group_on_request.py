# /// case
# shows = "With `--exceptions group` the handler for the child's type stops catching: the user asked for the group."
# changes = ["gather-to-taskgroup"]
# flags = ["--unsafe", "--exceptions", "group"]
#
# [difference]
# why = "An exception group leaves the task group where gather raised the child's exception."
# before = """
# start s
# value x
# cancelled s
# exit 0
# """
# after = """
# start s
# cancelled s
# exit 1: ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
# """
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
    try:
        await asyncio.gather(fail("x"), work("s", 0.05))
    except ValueError as error:
        print("value", error)


asyncio.run(main())
