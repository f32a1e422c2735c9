# /// case
# shows = "A context variable that the awaited coroutine sets."
# changes = ["wait-for-to-timeout"]
#
# [difference]
# why = "D-W2: wait_for of 3.11 ran the coroutine in a task, and so in a context, of its own."
# python = ["3.11"]
# before = """
# 0
# exit 0
# """
# after = """
# 1
# exit 0
# """
# ///
import asyncio
import contextvars

level = contextvars.ContextVar("level", default=0)


async def raise_level():
    level.set(1)


async def main():
    await asyncio.wait_for(raise_level(), 1)
    print(level.get())


asyncio.run(main())
