import sys


def f(x=1):  # lift
    return x


def g(x, *rest, **named):  # lift
    return [x, *rest, *named.values()]


class Box:
    def __init__(self, value):
        self.value = value
        self.items = {}

    def __call__(self, *args):
        return args or self.value

    def __getitem__(self, key):
        return ("item", key)


def box(value):  # lift
    return Box(value)


def positions(flag):  # lift
    print(-f(), not f(0), ~f(2), f(3) ** f(2), 2 ** f(), +f() + f(), f() < f(2) < f(3))
    print(f() if flag else f(2), f(0) or f(5), f(0) and f(5), f() in [f()])
    print(box(3).value, box(3)[f(1)], box(3)(), box(4)(f(5)), (box(6)).value)
    print(*g(1, 2), **{"sep": f("-")}, end=f("!\n"))
    print(f"{f()} {f(2)!r:>{f(5)}} {box('x').value!s} {g(1)[0]} {[f(i) for i in g(1, 2)]}")
    print(f'{box({"a": 1}).value["a"]}', "a" f"{f('b')}" 'c')
    x = y = f(7)
    a, b = f((1, 2))
    (c) = (f(3))
    x += f(1); x -= f(2)
    z: int = f(9)
    box(1).value = f(2)
    box(1).items[f("k")] = f("v")
    del box(1).value
    del g(1, 2)[f(0)]
    print(x, y, a, b, c, z, (w := f(4)), w)
    assert f(), f("message")
    if f(0): print("no")
    elif f(1): print("elif")
    while f(0):
        pass
    for i in g(1, 2): print(i)
    for box(1).value in g(3): print("target")
    print(g(1)[f(0):f(1)], {f(1): f(2)}, {f(1), f(1)}, (f(1),), [f(1), *g(2)], {**f({"a": 1})})
    lambda default=f(): default
    def inner(default=f(8)):
        return default
    class Local(f(object)):
        pass
    @f(lambda function: function)
    def decorated():
        return "decorated"
    print(inner(), Local.__mro__[1] is object, decorated())
    print(f(f(f(1))), f(x=f(2)), f(
        # a comment
        3,  # another
    ))
    try:
        raise f(ValueError)(f("text"))
    except f(ValueError) as error:
        print(repr(error))
    try:
        raise ValueError(1) from f(KeyError("cause"))
    except ValueError as error:
        print(repr(error.__cause__))
    with open(f("/dev/null")) as null, f(null) as again:
        print(again is null)
    if f()and f():print("words")
    return(f)(1)if f()else(f)(2)


def one_line(x): return f(x)  # lift


def empty_return():  # lift
    f(); return


if __name__ == "__main__":
    print(positions(True))
    print(one_line(3), empty_return())
    sys.exit(f(3))
# --- becomes
import asyncio
import sys


async def f(x=1):  # lift
    return x


async def g(x, *rest, **named):  # lift
    return [x, *rest, *named.values()]


class Box:
    def __init__(self, value):
        self.value = value
        self.items = {}

    def __call__(self, *args):
        return args or self.value

    def __getitem__(self, key):
        return ("item", key)


async def box(value):  # lift
    return Box(value)


async def positions(flag):  # lift
    print(-await f(), not await f(0), ~await f(2), await f(3) ** await f(2), 2 ** await f(), +await f() + await f(), await f() < await f(2) < await f(3))
    print(await f() if flag else await f(2), await f(0) or await f(5), await f(0) and await f(5), await f() in [await f()])
    print((await box(3)).value, (await box(3))[await f(1)], (await box(3))(), (await box(4))(await f(5)), (await box(6)).value)
    print(*await g(1, 2), **{"sep": await f("-")}, end=await f("!\n"))
    print(f"{await f()} {await f(2)!r:>{await f(5)}} {(await box('x')).value!s} {(await g(1))[0]} {[await f(i) for i in await g(1, 2)]}")
    print(f'{(await box({"a": 1})).value["a"]}', "a" f"{await f('b')}" 'c')
    x = y = await f(7)
    a, b = await f((1, 2))
    (c) = (await f(3))
    x += await f(1); x -= await f(2)
    z: int = await f(9)
    (await box(1)).value = await f(2)
    (await box(1)).items[await f("k")] = await f("v")
    del (await box(1)).value
    del (await g(1, 2))[await f(0)]
    print(x, y, a, b, c, z, (w := await f(4)), w)
    assert await f(), await f("message")
    if await f(0): print("no")
    elif await f(1): print("elif")
    while await f(0):
        pass
    for i in await g(1, 2): print(i)
    for (await box(1)).value in await g(3): print("target")
    print((await g(1))[await f(0):await f(1)], {await f(1): await f(2)}, {await f(1), await f(1)}, (await f(1),), [await f(1), *await g(2)], {**await f({"a": 1})})
    lambda default=await f(): default
    def inner(default=await f(8)):
        return default
    class Local(await f(object)):
        pass
    @await f(lambda function: function)
    def decorated():
        return "decorated"
    print(inner(), Local.__mro__[1] is object, decorated())
    print(await f(await f(await f(1))), await f(x=await f(2)), await f(
        # a comment
        3,  # another
    ))
    try:
        raise (await f(ValueError))(await f("text"))
    except await f(ValueError) as error:
        print(repr(error))
    try:
        raise ValueError(1) from await f(KeyError("cause"))
    except ValueError as error:
        print(repr(error.__cause__))
    with open(await f("/dev/null")) as null, await f(null) as again:
        print(again is null)
    if await f()and await f():print("words")
    return await (f)(1)if await f()else await (f)(2)


async def one_line(x): return await f(x)  # lift


async def empty_return():  # lift
    await f(); return


if __name__ == "__main__":
    print(asyncio.run(positions(True)))
    print(asyncio.run(one_line(3)), asyncio.run(empty_return()))
    sys.exit(asyncio.run(f(3)))
