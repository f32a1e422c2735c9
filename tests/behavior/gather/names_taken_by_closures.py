# /// case
# shows = "An inner function and a comprehension read outer variables with the names a rewrite would like."
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


async def main():
    tg = "outer tg"
    task = "outer task"
    error = "outer error"

    def show():
        return tg, task, error

    async def inner():
        names = await asyncio.gather(*[work(task + str(i)) for i in range(2)])
        return names, show()

    print(await inner())
    names = await asyncio.gather(work(tg), work(error))
    print(names, show())


asyncio.run(main())
