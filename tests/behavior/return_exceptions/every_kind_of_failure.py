# /// case
# shows = "Failures at once, late, as groups and as exceptions with causes keep their identity."
# changes = ["gather-return-exceptions"]
# ///
import asyncio

raised = {}


async def at_once():
    raised["at once"] = ValueError("at once")
    raise raised["at once"]


async def late():
    await asyncio.sleep(0.02)
    try:
        {}["k"]
    except KeyError as error:
        raised["late"] = RuntimeError("late")
        raise raised["late"] from error


async def grouped():
    await asyncio.sleep(0)
    raised["grouped"] = ExceptionGroup("mine", [ValueError(1)])
    raise raised["grouped"]


async def stop():
    await asyncio.sleep(0)
    raise TimeoutError("stop")


async def main():
    results = await asyncio.gather(
        at_once(), late(), grouped(), stop(), return_exceptions=True
    )
    for result in results:
        print(result in raised.values(), repr(result), repr(result.__cause__))


asyncio.run(main())
