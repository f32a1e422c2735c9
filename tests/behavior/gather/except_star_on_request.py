# /// case
# shows = "With `--exceptions group` and consent, a handler for the child's type becomes `except*` and goes on catching."
# changes = ["gather-to-taskgroup"]
# flags = ["--unsafe", "--exceptions", "group"]
# ///
import asyncio


async def work(name):
    await asyncio.sleep(0.05)
    print("end", name)


async def fail(name, error):
    await asyncio.sleep(0.01)
    raise error(name)


async def main(error):
    try:
        await asyncio.gather(fail("x", error), work("s"))
    except (ValueError, KeyError):
        print("value or key")
        for name in ("a", "b"):
            if name == "a":
                continue
            print(name)
    except OSError:
        print("os")
    else:
        print("fine")
    finally:
        print("finally")
    print("after")


asyncio.run(main(ValueError))
asyncio.run(main(KeyError))
asyncio.run(main(OSError))
