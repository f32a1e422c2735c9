# /// case
# shows = "Children that need time to clean up delay the error."
# changes = ["gather-to-taskgroup"]
#
# [difference]
# why = "D-G2: the error is delivered only after the siblings have finished cleaning up."
# before = """
# value x
# exit 0
# """
# after = """
# cleaned up
# value x
# exit 0
# """
# ///
import asyncio
import os


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def careful():
    try:
        await asyncio.sleep(1)
    finally:
        await asyncio.sleep(0.02)
        print("cleaned up")


async def main():
    try:
        await asyncio.gather(fail("x"), careful())
    except ValueError as error:
        print("value", error, flush=True)
        os._exit(0)


asyncio.run(main())
