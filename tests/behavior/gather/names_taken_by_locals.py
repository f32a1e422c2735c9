# /// case
# shows = "Names a rewrite would like to use are locals with a value that is still needed."
# changes = ["gather-to-taskgroup"]
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


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    tg, task, tasks, error, group, task_a, task_1, coro, result, results = range(10)
    a, b = await asyncio.gather(work("a"), work("b"))
    print(a, b)
    print(await asyncio.gather(*[work(str(i)) for i in range(2)]))
    try:
        await asyncio.gather(fail("x"))
    except ValueError as exc:
        print("value", exc)
    print(tg, task, tasks, error, group, task_a, task_1, coro, result, results)


asyncio.run(main())
