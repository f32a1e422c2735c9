# /// case
# shows = "With `--exceptions group` the handler of a caller becomes one for groups, and catches what it caught."
# changes = ["gather-to-taskgroup"]
# lacks = ["    except ValueError:", "BaseExceptionGroup"]
# flags = ["--unsafe", "--exceptions", "group"]
# ///
import asyncio


async def work(name, error=None):
    await asyncio.sleep(0.01)
    if error is not None:
        raise error
    return name


async def both(error):
    return await asyncio.gather(work("a", error), work("b"))


async def main():
    for error in (ValueError("x"), None, UnicodeError("y")):
        try:
            print(await both(error))
        except ValueError:
            print("failed")
        else:
            print("not failed")
        finally:
            print("next")


asyncio.run(main())
