# /// case
# shows = "Tasks collected in a loop that skips an element."
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
    tasks = []
    for i in range(3):
        if i == 1:
            continue
        tasks.append(asyncio.ensure_future(work(str(i))))
    await asyncio.gather(*tasks)
    print("done")


asyncio.run(main())
