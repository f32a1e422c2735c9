# /// case
# shows = "A child that fails in its very first step, before its siblings have begun."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def fail_at_once():
    raise ValueError("at once")


async def quiet():
    await asyncio.sleep(0)


async def main():
    try:
        await asyncio.gather(fail_at_once(), quiet(), quiet())
    except ValueError as error:
        print("value", error)


asyncio.run(main())
