# /// case
# shows = "Lists of tasks that nobody reads, and inner functions with variables of the same names."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    await asyncio.sleep(delay)
    print("end", name)


async def main():
    tasks = []
    for name in "ab":
        tasks.append(asyncio.create_task(work(name)))
        if name == "a":
            tasks.append(asyncio.create_task(work(name * 2, 0.05)))
    await asyncio.gather(*tasks)

    async def twice(name):
        await work(name)
        await work(name)

    key = "kept"
    show = lambda key: print("shown", key)
    await asyncio.gather(*[twice(name) for name in "c"])
    await asyncio.gather(*[work(key) for key in "d"])
    show(1)
    print(key)


asyncio.run(main())
