# /// case
# shows = "Names a rewrite would like to bind are module globals that the same function reads."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

tg = "global tg"
error = "global error"
group = "global group"
task = "global task"
tasks = "global tasks"
task_1 = "global task_1"
task_a = "global task_a"


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


async def main():
    print(tg, error, group, task, tasks, task_1, task_a)
    a, b = await asyncio.gather(work("a"), work("b"))
    names = await asyncio.gather(*[work(str(i)) for i in range(2)])
    print(a, b, names)
    print(tg, error, group, task, tasks, task_1, task_a)


asyncio.run(main())
