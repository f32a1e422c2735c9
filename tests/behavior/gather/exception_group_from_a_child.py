# /// case
# shows = "A child that raises an exception group of its own: that very group arrives."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

raised = []


async def explode():
    await asyncio.sleep(0.01)
    raised.append(ExceptionGroup("mine", [ValueError(1), KeyError(2)]))
    raise raised[0]


async def main():
    try:
        await asyncio.gather(explode(), asyncio.sleep(0))
    except ExceptionGroup as group:
        print(group is raised[0], group.message, group.exceptions)


asyncio.run(main())
