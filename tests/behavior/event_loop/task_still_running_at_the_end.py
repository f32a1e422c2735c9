# /// case
# shows = "A task that is still running when the main coroutine returns."
# changes = ["run-until-complete-to-asyncio-run"]
#
# [difference]
# why = "D-R1: asyncio.run cancels and awaits what is left before it returns."
# before = """
# main done
# after
# background clean-up
# exit 0
# """
# after = """
# main done
# background clean-up
# after
# exit 0
# """
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
loop.run_until_complete(main())
print("after")
loop.close()
