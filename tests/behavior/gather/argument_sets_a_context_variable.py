# /// case
# shows = "An argument sets a context variable: every child sees it, whatever its place."
# ///
import asyncio
import contextvars

level = contextvars.ContextVar("level", default=0)


def raise_level():
    level.set(level.get() + 1)
    return "raised"


async def show(name):
    await asyncio.sleep(0)
    return name, level.get()


async def main():
    print(await asyncio.gather(show("first"), show(raise_level()), show("last")))
    print(await asyncio.gather(show("a"), *[show(raise_level()) for _ in range(2)]))


asyncio.run(main())
