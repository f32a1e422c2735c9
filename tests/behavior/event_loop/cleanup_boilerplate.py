# /// case
# shows = "The cancel-everything boilerplate around the run."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio


async def background():
    try:
        await asyncio.sleep(10)
    finally:
        print("background clean-up")


async def main():
    asyncio.ensure_future(background())
    await asyncio.sleep(0.01)
    print("main done")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
try:
    loop.run_until_complete(main())
finally:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
