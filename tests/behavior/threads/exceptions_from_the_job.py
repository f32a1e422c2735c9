# /// case
# shows = "Exceptions raised in the thread arrive as themselves."
# changes = ["run-in-executor-to-thread"]
# ///
import asyncio


class Problem(Exception):
    pass


raised = []


def explode(kind):
    raised.append(kind("x"))
    raise raised[-1]


async def main():
    loop = asyncio.get_running_loop()
    for kind in (Problem, KeyError, OSError):
        try:
            await loop.run_in_executor(None, explode, kind)
        except Exception as error:
            print(error is raised[-1], repr(error), error.__cause__, error.__context__)


asyncio.run(main())
