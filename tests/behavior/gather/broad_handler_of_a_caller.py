# /// case
# shows = "Two callers up, a handler catches everything and looks at nothing."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
#
# [difference]
# why = "D-G1: the other task is cancelled."
# before = """
# start a
# start b
# step is done
# failed
# end b
# exit 0
# """
# after = """
# start a
# start b
# cancelled b
# step is done
# failed
# exit 0
# """
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    if error is not None:
        raise error
    print("end", name)
    return name


async def both(error):
    return await asyncio.gather(work("a", 0.01, error), work("b", 0.05))


async def step(error):
    try:
        return await both(error)
    finally:
        print("step is done")


async def main():
    try:
        print(await step(ValueError("x")))
    except Exception:
        print("failed")
    await asyncio.sleep(0.1)


asyncio.run(main())
