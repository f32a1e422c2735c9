# /// case
# shows = "Cause, context and identity of the child's exception at the handler."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

raised = []


async def explode():
    await asyncio.sleep(0.01)
    try:
        {}["k"]
    except KeyError as error:
        raised.append(RuntimeError("wrapped"))
        raise raised[-1] from error


async def implicit():
    await asyncio.sleep(0.01)
    try:
        {}["k"]
    except KeyError:
        raised.append(LookupError("while handling"))
        raise raised[-1]


async def main():
    for child in (explode, implicit):
        try:
            await asyncio.gather(child(), asyncio.sleep(0))
        except Exception as error:
            print(error is raised[-1], repr(error.__cause__), repr(error.__context__))
            print(error.__suppress_context__)


asyncio.run(main())
