# /// case
# shows = "What cannot be awaited raises the same errors without the call around it."
# changes = ["wait-for-to-timeout"]
# lacks = ["wait_for("]
# ///
import asyncio
import concurrent.futures
import types


class Custom:
    def __init__(self, *steps):
        self.steps = steps

    def __await__(self):
        for step in self.steps:
            print("step", step)
            yield
        return "custom"


class Stops:
    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration("stopped")


class Wrong:
    def __await__(self):
        return 5


class Leaves:
    def __await__(self):
        raise StopAsyncIteration("left")


@types.coroutine
def old_style():
    yield
    return "old"


async def stop():
    raise StopIteration("from a coroutine")


async def used():
    return "once"


async def attempt(title, make):
    try:
        print(title, await asyncio.wait_for(make(), None))
    except BaseException as error:
        print(title, type(error).__name__, error, repr(error.__cause__))


async def foreign(loop):
    return await asyncio.wait_for(loop.create_future(), None)


async def main():
    await attempt("custom", lambda: Custom(1, 2))
    await attempt("stops", Stops)
    await attempt("wrong", Wrong)
    await attempt("leaves", Leaves)
    await attempt("old", old_style)
    await attempt("stop", stop)
    await attempt("none", lambda: None)
    await attempt("number", lambda: 5)
    await attempt("thread", concurrent.futures.Future)
    await attempt("generator", lambda: (i for i in "ab"))
    once = used()
    await attempt("first", lambda: once)
    await attempt("second", lambda: once)
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel("why")
    await attempt("cancelled", lambda: cancelled)
    other = asyncio.new_event_loop()
    try:
        await foreign(other)
    except RuntimeError as error:
        print("attached to a different loop" in str(error))
    other.close()


asyncio.run(main())
