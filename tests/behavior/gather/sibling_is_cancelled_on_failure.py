# /// case
# shows = "The sibling of a failed child no longer runs on unattended."
# changes = ["gather-to-taskgroup"]
#
# [difference]
# why = "D-G1: siblings are cancelled on the first failure. D-G2: the error arrives after their clean-up."
# before = """
# start s
# value x
# end s
# exit 0
# """
# after = """
# start s
# cancelled s
# value x
# exit 0
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
    await asyncio.sleep(0.1)


asyncio.run(main())
