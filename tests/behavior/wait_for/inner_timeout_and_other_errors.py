# /// case
# shows = "Timeouts and other errors raised by the awaited coroutine itself."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def inner():
    await asyncio.sleep(0)
    raise TimeoutError("inner")


async def grudging():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        raise ValueError("on cancellation") from None


async def stubborn():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        return "kept on"


async def main():
    try:
        await asyncio.wait_for(inner(), 1)
    except asyncio.TimeoutError as error:
        print("timeout", error.args)
    try:
        await asyncio.wait_for(grudging(), 0.02)
    except ValueError as error:
        print("value", error)
    print(await asyncio.wait_for(stubborn(), 0.02))
    try:
        await asyncio.wait_for(asyncio.sleep(1), 0.02)
    except asyncio.TimeoutError as error:
        print(error.args, repr(error.__cause__), type(error) is TimeoutError)


asyncio.run(main())
