# /// case
# shows = "Ctrl-C while the main coroutine runs, with a handler around the run."
# changes = ["run-until-complete-to-asyncio-run"]
#
# [difference]
# why = "D-R4: asyncio.run cancels the main task first, so that its clean-up precedes the handler."
# before = """
# interrupted
# main finally
# exit 0
# """
# after = """
# main finally
# interrupted
# exit 0
# """
# ///
import asyncio
import os
import signal


async def main():
    try:
        asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGINT)
        await asyncio.sleep(5)
    finally:
        print("main finally")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
try:
    loop.run_until_complete(main())
except KeyboardInterrupt:
    print("interrupted")
finally:
    loop.close()
