# /// case
# shows = "A gather inside a loop that is left by continue, break and return."
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
    for i in range(5):
        (name,) = await asyncio.gather(work(str(i)))
        if name == "0":
            continue
        if name == "1":
            break
    else:
        print("never here")
    while True:
        first, second = await asyncio.gather(work("x"), work("y"))
        if second == "y":
            return name + first


print(asyncio.run(main()))
