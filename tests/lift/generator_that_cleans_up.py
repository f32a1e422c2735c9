def f(x):  # lift
    return x


def rows(n):  # lift
    print("open")
    try:
        for i in range(n):
            yield f(i)
    finally:
        print("close")


def consume():  # lift
    for row in rows(3):
        print(row)
        if row:
            break
    print("after")
    try:
        for row in rows(f(3)): print(1 // row)
    except ZeroDivisionError:
        print("handled")
    for a in rows(2):
        # inside
        for b in rows(2):

            print(a, """
b""", b)
    print(list(rows(2)), [x for x in rows(1)])


consume()
# --- becomes
import asyncio
import contextlib

async def f(x):  # lift
    return x


async def rows(n):  # lift
    print("open")
    try:
        for i in range(n):
            yield await f(i)
    finally:
        print("close")


async def consume():  # lift
    async with contextlib.aclosing(rows(3)) as items:
        async for row in items:
            print(row)
            if row:
                break
    print("after")
    try:
        async with contextlib.aclosing(rows(await f(3))) as items_2:
            async for row in items_2: print(1 // row)
    except ZeroDivisionError:
        print("handled")
    async with contextlib.aclosing(rows(2)) as items_3:
        async for a in items_3:
            # inside
            async with contextlib.aclosing(rows(2)) as items_4:
                async for b in items_4:

                    print(a, """
b""", b)
    print([item async for item in rows(2)], [x async for x in rows(1)])


asyncio.run(consume())
