# /// case
# shows = "A gather in a while header is evaluated on every turn, one in an elif header only when it is reached."
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

turns = 0


async def turn():
    global turns
    turns += 1
    return turns


async def main():
    while (await asyncio.gather(turn()))[0] < 3:
        print("turn", turns)
    if turns == 3:
        print("three")
    elif await asyncio.gather(work("elif")):
        print("not here")
    while results := await asyncio.gather(*[work(str(i)) for i in range(turns - 3)]):
        print(results)
    print("out")


asyncio.run(main())
