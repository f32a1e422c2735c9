# /// case
# shows = "A new loop that is never made the current one."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio


async def main():
    await asyncio.sleep(0)
    return "done"


loop = asyncio.new_event_loop()
result = loop.run_until_complete(main())
loop.close()
print(result)
