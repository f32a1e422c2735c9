# /// case
# shows = "A gather on the line of its compound statement."
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
    flag = True
    if flag: await asyncio.gather(work("a"), work("b"))
    else: await asyncio.gather(work("c"))
    for _ in range(2): names = await asyncio.gather(work("d")); print(names)
    if not flag: await asyncio.gather(work("e")); print("not here")
    try: await asyncio.gather(work("f"))
    finally: print("finally")
    print("out"); await asyncio.gather(work("g")); print("end")


asyncio.run(main())
