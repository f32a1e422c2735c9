# /// case
# shows = "A task fails in a group, and nobody looks at the task."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


async def both(error):
    await asyncio.gather(work("a", 0.01, error), work("b", 0.02))
    print("not reached")


async def main():
    asyncio.create_task(both(ValueError("x")))
    await asyncio.sleep(0.1)
    print("done")


if __name__ == "__main__":
    asyncio.run(main())
