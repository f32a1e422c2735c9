# /// case
# shows = "A literal None is no limit wherever the call stands: the awaitable is awaited as it is."
# changes = ["wait-for-to-timeout"]
# lacks = ["wait_for("]
# ///
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


async def fail(name):
    await asyncio.sleep(0)
    raise ValueError(name)


async def numbers():
    for number in range(2):
        yield number


def make(name):
    print("make", name)
    return work(name)


class Lock:
    async def __aenter__(self):
        print("enter")

    async def __aexit__(self, *error):
        print("leave")


async def give(value):
    return value


async def echo():
    while True:
        got = yield
        if got is None:
            return
        print("got", await asyncio.wait_for(got, None))


async def places(future, other=None):
    left = [work("w1"), work("w2", 0)]
    while await asyncio.wait_for(give(left), None):
        print(await asyncio.wait_for(left.pop(), timeout=None))
    if other:
        print("never")
    elif await asyncio.wait_for(give(3), None) == 3:
        print("elif")
    print(f"{await asyncio.wait_for(work('f'), None)!r:>5}")
    print([await asyncio.wait_for(make(i), None) async for i in numbers()])
    print({i: await asyncio.wait_for(work(i), None) for i in "xy" if await asyncio.wait_for(give(i), None)})
    lazy = (await asyncio.wait_for(work(i), None) for i in "pq")
    print([one async for one in lazy])
    print(other and await asyncio.wait_for(make("skipped"), None))
    print(other or await asyncio.wait_for(make("reached"), None))
    async with await asyncio.wait_for(give(Lock()), None) as held, Lock():
        print(held)
    for letter in await asyncio.wait_for(give("ab"), None):
        print(letter)
    assert await asyncio.wait_for(give(True), None), await asyncio.wait_for(give("text"), None)
    table = {}
    table[await asyncio.wait_for(work("key"), None)] = make("value")
    print(await asyncio.wait_for(table["key"], None))

    def inner(default=await asyncio.wait_for(work("default"), None)):
        return default

    print(inner())
    match await asyncio.wait_for(give(1), None):
        case 1 if await asyncio.wait_for(give(True), None):
            print("one")
    try:
        await asyncio.wait_for(fail("wrong"), None)
    except ValueError as error:
        print(repr(error), error.__cause__, error.__context__)
    return await asyncio.wait_for(future, None), await asyncio.wait_for(other or future, None)


async def precedence(future, make_it, flag):
    print(await asyncio.wait_for(future or make_it(), None))
    print(await asyncio.wait_for(timeout=None, fut=future if flag else make_it()))
    print(await (asyncio.wait_for(one := make("bound"), None)), type(one).__name__)
    print(await asyncio.wait_for(await give(make("twice")), None))
    print(await asyncio.wait_for([future][0], None) + await(asyncio.wait_for(give(1), None)))
    print(-await asyncio.wait_for(give(2), None) ** 2)
    print((await asyncio.wait_for(give("text"), None)).upper())
    print(await asyncio.wait_for(asyncio.wait_for(make("inner"), None), None))
    print(
        await asyncio.wait_for(
            work(
                """two
    lines"""
            ),
            timeout=None,
        )
    )


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    future.set_result(5)
    print(await places(future))
    await precedence(future, lambda: make("made"), True)
    generator = echo()
    await generator.asend(None)
    await generator.asend(give(7))
    await generator.aclose()
    # Cancelled from outside and by itself.
    task = asyncio.create_task(asyncio.sleep(10))
    waiter = asyncio.create_task(outer(task))
    await asyncio.sleep(0.01)
    waiter.cancel()
    print(await asyncio.gather(waiter, return_exceptions=True), task.cancelled())
    task = asyncio.create_task(asyncio.sleep(10))
    waiter = asyncio.create_task(outer(task))
    await asyncio.sleep(0.01)
    task.cancel()
    print(await asyncio.gather(waiter, return_exceptions=True))
    try:
        async with asyncio.timeout(0.01):
            await asyncio.wait_for(work("limited", 5), None)
    except TimeoutError as error:
        print(type(error), type(error.__cause__))


async def outer(task):
    try:
        return await asyncio.wait_for(task, None)
    finally:
        print("outer ends")


asyncio.run(main())
