# /// case
# shows = "A timeout that is bound, or that is a number, only where the call is reached."
# ///
import asyncio

ANY = object()
if ANY is None:
    LIMIT = 1


async def answer(value):
    await asyncio.sleep(0)
    return value


async def bound_sometimes(flag):
    if flag:
        limit = 5
    x = await asyncio.wait_for(answer(1), limit) if flag else None
    y = flag and await asyncio.wait_for(answer(2), limit)
    return x, y


async def number_sometimes(limit):
    x = await asyncio.wait_for(answer(3), limit) if limit is not ANY else "any"
    y = limit is not ANY and await asyncio.wait_for(answer(4), limit)
    return x, y


async def unbound_in_the_module(flag):
    return await asyncio.wait_for(answer(5), LIMIT) if flag else "no limit"


async def deleted_before(flag):
    limit = 1
    if not flag:
        del limit
    return await asyncio.wait_for(answer(6), limit) if flag else "deleted"


async def always_there(flag, patience):
    limit = 3
    x = await asyncio.wait_for(answer(7), limit) if flag else None
    y = flag and await asyncio.wait_for(answer(8), patience)
    return x, y


for flag in (True, False):
    print(asyncio.run(bound_sometimes(flag)))
    print(asyncio.run(number_sometimes(1 if flag else ANY)))
    print(asyncio.run(deleted_before(flag)))
    print(asyncio.run(always_there(flag, 1)))
print(asyncio.run(unbound_in_the_module(False)))
