# /// case
# shows = "Comments at every place inside the call."
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def main():
    result = await asyncio.wait_for(  # opening
        # about the awaitable
        echo("a"),  # after the awaitable
        # about the limit
        timeout=5,  # after the limit
    )  # closing
    print(result)


asyncio.run(main())
