# /// case
# shows = "The handler written for the child's exception still catches it, by type, arguments and repr."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    try:
        await asyncio.gather(fail("x"), fail("y", 0.05, KeyError))
    except KeyError:
        print("key")
    except ValueError as error:
        print("value", error.args, repr(error))


asyncio.run(main())
