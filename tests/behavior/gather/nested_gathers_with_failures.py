# /// case
# shows = "An inner gather joins the group: results, a failing child, and exceptions it returns."
# changes = ["gather-to-taskgroup"]
#
# [difference]
# why = "D-G1: when one child fails the others are cancelled."
# before = """
# [1, [2, 3], 4]
# 1 2 [ValueError(3)]
# ValueError (5,)
# ended 6
# exit 0
# """
# after = """
# [1, [2, 3], 4]
# 1 2 [ValueError(3)]
# cancelled 6
# ValueError (5,)
# exit 0
# """
# ///
import asyncio


async def give(value):
    await asyncio.sleep(0.01)
    return value


async def fail(value):
    await asyncio.sleep(0.01)
    raise ValueError(value)


async def late(value):
    try:
        await asyncio.sleep(0.03)
        print("ended", value)
    except asyncio.CancelledError:
        print("cancelled", value)
        raise


async def main():
    print(await asyncio.gather(give(1), asyncio.gather(give(2), give(3)), give(4)))
    one, (two, three) = await asyncio.gather(give(1), asyncio.gather(give(2), fail(3), return_exceptions=True))
    print(one, two, [three])
    try:
        await asyncio.gather(late(6), asyncio.gather(give(4), fail(5)))
    except ValueError as error:
        print(type(error).__name__, error.args)
    await asyncio.sleep(0.05)


asyncio.run(main())
