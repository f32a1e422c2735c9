# calls: p
import functools


def   spaced  ( x ) :  # lift
    return x


def outer(x):  # lift
    y = 2

    def inner(z):  # lift
        nonlocal y
        y += z
        return spaced(x) + y

    return inner(1) + inner(2)


class Base:
    def method(self, x):  # lift
        return spaced(x)

    @staticmethod
    # a comment between
    def static(x):  # lift
        return spaced(x)

    @classmethod

    def make(cls, x):  # lift
        return cls.static(x) + cls().method(x)

    def polite(self):
        return "plain"


class Derived(Base):
    def method(self, x):  # lift
        return super().method(x) + super(Derived, self).method(x)

    def all(self):  # lift
        """A docstring."""
        return [self.method(1), Derived.static(2), self.make(3), self.polite()]


def fact(n):  # lift
    return 1 if n < 2 else n * fact(n - 1)


def partials():  # lift
    p = functools.partial(fact, 4)
    return p()


if True:
    def conditional():  # lift
        return "one"
else:
    def conditional():  # lift
        return "two"


def typed(
    x: int,
    y: "str" = "y",
) -> dict[str, int]:  # not the line of the `def`
    return {y: x}


def run():  # lift
    print(outer(1), Derived().all(), fact(5), partials(), conditional(), typed(1))


run()
# --- becomes
# calls: p
import asyncio
import functools


async def   spaced  ( x ) :  # lift
    return x


async def outer(x):  # lift
    y = 2

    async def inner(z):  # lift
        nonlocal y
        y += z
        return await spaced(x) + y

    return await inner(1) + await inner(2)


class Base:
    async def method(self, x):  # lift
        return await spaced(x)

    @staticmethod
    # a comment between
    async def static(x):  # lift
        return await spaced(x)

    @classmethod

    async def make(cls, x):  # lift
        return await cls.static(x) + await cls().method(x)

    def polite(self):
        return "plain"


class Derived(Base):
    async def method(self, x):  # lift
        return await super().method(x) + await super(Derived, self).method(x)

    async def all(self):  # lift
        """A docstring."""
        return [await self.method(1), await Derived.static(2), await self.make(3), self.polite()]


async def fact(n):  # lift
    return 1 if n < 2 else n * await fact(n - 1)


async def partials():  # lift
    p = functools.partial(fact, 4)
    return await p()


if True:
    async def conditional():  # lift
        return "one"
else:
    async def conditional():  # lift
        return "two"


def typed(
    x: int,
    y: "str" = "y",
) -> dict[str, int]:  # not the line of the `def`
    return {y: x}


async def run():  # lift
    print(await outer(1), await Derived().all(), await fact(5), await partials(), await conditional(), typed(1))


asyncio.run(run())
