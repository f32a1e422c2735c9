# /// case
# shows = "The module already has functions and classes with the names of the helpers a rewrite might add."
# changes = ["gather-to-taskgroup"]
# ///
"""The docstring of the program."""
from __future__ import annotations

import asyncio


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


def _gather(*args):
    return "mine", args


def _await(value):
    return "mine", value


def _return_exception(value):
    return "mine", value


class _TaskGroup:
    pass


async def main():
    try:
        await asyncio.gather(fail("x"))
    except ValueError as error:
        print("value", error)
    try:
        await asyncio.gather(fail("y"))
    except ValueError as error:
        print("value", error)
    print(await asyncio.gather(work("a"), fail("z"), return_exceptions=True))
    print(await asyncio.gather(work("b"), asyncio.sleep(0, "c")))
    print(_gather(1), _await(2), _return_exception(3), _TaskGroup.__name__)
    print(__doc__)


asyncio.run(main())
