# /// case
# shows = "A module with annotations gets helpers with annotations, which must work when it is run."
# ///
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def work(name: str) -> str:
    await asyncio.sleep(0.01)
    if name == "bad":
        raise ValueError(name)
    return name


async def both(make: Callable[[], Awaitable[str]]) -> None:
    try:
        print(await asyncio.gather(work("a"), make()))
    except ValueError as error:
        print("failed", error)


async def settled(*names: str) -> None:
    for result in await asyncio.gather(*[work(name) for name in names], return_exceptions=True):
        print(repr(result))


async def chosen(wanted: bool) -> None:
    try:
        print(wanted and await asyncio.gather(work("b"), work("bad")))
    except ValueError as error:
        print("failed", error)


async def main() -> None:
    await both(lambda: work("c"))
    await both(lambda: asyncio.ensure_future(work("bad")))
    await settled("d", "bad")
    await chosen(True)
    await chosen(False)


asyncio.run(main())
