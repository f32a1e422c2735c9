# /// case
# shows = "A coroutine that is driven by hand is in no task."
# changes = ["wait-for-to-timeout"]
#
# [difference]
# why = "D-W7: without a running loop, and since Python 3.12 without a task, wait_for raises."
# before = """
# RuntimeError
# exit 0
# """
# after = """
# done
# exit 0
# """
# ///
import asyncio


async def give(value):
    return value


async def main():
    print(await asyncio.wait_for(give("done"), None))


try:
    main().send(None)
except StopIteration:
    pass
except RuntimeError as error:
    print(type(error).__name__)
