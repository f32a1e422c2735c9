# /// case
# shows = "A child's own BaseException that is neither an exit nor an interrupt."
# changes = ["gather-return-exceptions"]
#
# [difference]
# why = "D-G9: the wrapper returns exceptions that are an Exception; any other leaves the task group in a group."
# before = """
# [Abort('now'), None]
# exit 0
# """
# after = """
# raised BaseExceptionGroup
# exit 0
# """
# ///
import asyncio


class Abort(BaseException):
    pass


async def abort():
    await asyncio.sleep(0.01)
    raise Abort("now")


async def main():
    try:
        print(await asyncio.gather(abort(), asyncio.sleep(0.02), return_exceptions=True))
    except BaseException as error:
        print("raised", type(error).__name__)


asyncio.run(main())
