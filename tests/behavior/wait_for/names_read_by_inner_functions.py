# /// case
# shows = "Inner functions and classes read globals with the names a rewrite would like to bind."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio

coro = "global coro"
result = "global result"
task = "global task"
future = "global future"


async def echo(value):
    await asyncio.sleep(0)
    return value


def make(value):
    return echo(value)


async def main():
    def inner():
        return coro, result, task, future

    class Inner:
        names = coro, result

    print(await asyncio.wait_for(make(1), 1))
    if await asyncio.wait_for(echo(2), 1):
        print(inner(), Inner.names)
    return [coro for _ in range(1)], (lambda: result)()


print(asyncio.run(main()))
