# /// case
# shows = "A gather in an except handler that fails: the handled exception becomes the context."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    try:
        try:
            raise KeyError("first")
        except KeyError:
            await asyncio.gather(fail("second"), asyncio.sleep(0))
    except ValueError as error:
        print(repr(error), repr(error.__context__), repr(error.__cause__))


asyncio.run(main())
