# /// case
# shows = "Inner functions and classes read globals with the names a rewrite would like to bind."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

tg = "global tg"
tasks = "global tasks"
task_1 = "global task_1"
error = "global error"
group = "global group"
echo_task = "global echo_task"
a_task = "global a_task"


async def echo(value):
    await asyncio.sleep(0)
    return value


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


async def main():
    def inner():
        return tg, tasks, task_1, error, group, echo_task, a_task

    class Inner:
        names = tg, tasks, task_1

    a, b = await asyncio.gather(echo(1), echo(2))
    print(a, b, await asyncio.gather(*[echo(i) for i in range(2)]))
    try:
        await asyncio.gather(fail("x"))
    except ValueError as problem:
        print("value", problem)
    print(inner(), Inner.names)
    return [tg for _ in range(1)], (lambda: tasks)()


print(asyncio.run(main()))
