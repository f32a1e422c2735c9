# /// case
# shows = "Tasks with callbacks: one that does not look at its task, and one that sees its exception."
# ///
import asyncio


async def work(name):
    await asyncio.sleep(0.01)
    if name == "bad":
        raise ValueError(name)
    return name


async def counted(names):
    done = []
    tasks = []
    for name in names:
        task = asyncio.create_task(work(name))
        task.add_done_callback(lambda _, name=name: done.append(name))
        tasks.append(task)
    await asyncio.gather(*tasks, return_exceptions=True)
    print(sorted(done))


def report(task):
    print("error" if task.exception() else "fine")


async def reported(names):
    tasks = []
    for name in names:
        task = asyncio.create_task(work(name))
        task.add_done_callback(report)
        tasks.append(task)
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(counted(["a", "bad", "b"]))
asyncio.run(reported(["bad"]))
asyncio.run(reported(["c"]))
