# /// case
# shows = "A child that ends in CancelledError, with results that are read."
# changes = ["gather-to-taskgroup"]
#
# [difference]
# why = "D-G3: the child's own cancellation arrives when its result is read, after the others are done."
# before = """
# start a
# CancelledError
# end a
# exit 0
# """
# after = """
# start a
# end a
# CancelledError
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


async def give_up():
    raise asyncio.CancelledError


async def main():
    try:
        x, y = await asyncio.gather(work("a"), give_up())
        print(x, y)
    except asyncio.CancelledError:
        print("CancelledError")
    await asyncio.sleep(0.05)


asyncio.run(main())
