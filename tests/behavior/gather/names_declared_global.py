# /// case
# shows = "Names a rewrite would like to bind are declared global and nonlocal in the function."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio

tg = "global tg"


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
    global tg
    error = "outer error"

    async def inner():
        nonlocal error
        error = "inner error"
        return await asyncio.gather(work("c"), work("d"))

    print(await asyncio.gather(work("a"), work("b")))
    print(await inner())
    print(tg, error)
    tg = "changed"


asyncio.run(main())
print(tg)
