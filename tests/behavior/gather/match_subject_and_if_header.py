# /// case
# shows = "A gather as the subject of a match statement and as a walrus in an if header."
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
    match await asyncio.gather(work("a"), work("b")):
        case [x, y]:
            print(x, y)
    if (results := await asyncio.gather(work("c"))) and results[0] == "c":
        print("if", results)


asyncio.run(main())
