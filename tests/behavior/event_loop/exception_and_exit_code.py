# /// case
# shows = "An exception of the main coroutine ends the program."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio


async def main():
    raise ValueError("x")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
