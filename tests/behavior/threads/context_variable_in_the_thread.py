# /// case
# shows = "A context variable of the caller, read in the thread."
# changes = ["run-in-executor-to-thread"]
#
# [difference]
# why = "D-R6: to_thread runs the function in a copy of the caller's context."
# before = """
# default
# exit 0
# """
# after = """
# set
# exit 0
# """
# ///
import asyncio
import contextvars

level = contextvars.ContextVar("level", default="default")


async def main():
    level.set("set")
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, level.get))


asyncio.run(main())
