# /// case
# shows = "A timeout that turns out to be zero: the coroutine runs to its first suspension."
# changes = ["wait-for-to-timeout"]
#
# [difference]
# why = "D-W1: with a timeout of zero or less wait_for never starts the coroutine."
# before = """
# timeout
# exit 0
# """
# after = """
# ran
# result 1
# exit 0
# """
# ///
import asyncio


async def immediate():
    print("ran")
    return 1


async def poll(limit):
    try:
        print("result", await asyncio.wait_for(immediate(), limit))
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(poll(0))
