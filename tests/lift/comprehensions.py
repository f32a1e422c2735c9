def f(x):  # lift
    print("f", x)
    return x


def many(n):  # lift
    return list(range(n))


def consume():  # lift
    print([f(x) for x in many(3)])
    print({f(x) for x in many(3) if f(x)}, {f(x): f(-x) for x in range(2)})
    print([x for x in many(3) if f(x)], [y for x in range(2) for y in many(x)])
    print([(y := f(x)) for x in range(2)], y)
    print(sum(f(x) for x in range(3)), sum((f(x) for x in range(3)), 10))
    print(list(f(x) for x in range(2)), set(f(x) for x in range(2)), list((f(x) for x in [1])))
    print(tuple(f(x) for x in range(2)), frozenset(f(x) for x in range(2)))
    print(dict((x, f(x)) for x in range(2)), ", ".join(str(f(x)) for x in range(2)))
    print(sorted((f(x) for x in range(3)), key=lambda x: -x), sorted(f(x) for x in [2, 1]))
    print(max(f(x) for x in range(3)), min((f(x) for x in range(3)), key=abs, default=None))
    print(*(f(x) for x in range(2)), [*(f(x) for x in range(2))])
    print(sum(x for x in many(3)), any(x for x in many(3)))
    print(list(
        f(x)  # kept
        for x in range(2)
    ))
    for y in (f(x) for x in range(9)):
        if y:
            break
    print([z + 1 for z in (f(x) for x in range(2))])
    print(f"{sum(f(x) for x in range(2))}")


consume()
# --- becomes
import asyncio

async def f(x):  # lift
    print("f", x)
    return x


async def many(n):  # lift
    return list(range(n))


async def consume():  # lift
    print([await f(x) for x in await many(3)])
    print({await f(x) for x in await many(3) if await f(x)}, {await f(x): await f(-x) for x in range(2)})
    print([x for x in await many(3) if await f(x)], [y for x in range(2) for y in await many(x)])
    print([(y := await f(x)) for x in range(2)], y)
    print(sum([await f(x) for x in range(3)]), sum([await f(x) for x in range(3)], 10))
    print([await f(x) for x in range(2)], {await f(x) for x in range(2)}, [await f(x) for x in [1]])
    print(tuple([await f(x) for x in range(2)]), frozenset([await f(x) for x in range(2)]))
    print(dict([(x, await f(x)) for x in range(2)]), ", ".join([str(await f(x)) for x in range(2)]))
    print(sorted([await f(x) for x in range(3)], key=lambda x: -x), sorted([await f(x) for x in [2, 1]]))
    print(max([await f(x) for x in range(3)]), min([await f(x) for x in range(3)], key=abs, default=None))
    print(*[await f(x) for x in range(2)], [*[await f(x) for x in range(2)]])
    print(sum(x for x in await many(3)), any(x for x in await many(3)))
    print(list(
        [await f(x)  # kept
        for x in range(2)]
    ))
    async for y in (await f(x) for x in range(9)):
        if y:
            break
    print([z + 1 async for z in (await f(x) for x in range(2))])
    print(f"{sum([await f(x) for x in range(2)])}")


asyncio.run(consume())
