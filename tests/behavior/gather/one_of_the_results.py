# /// case
# shows = "Only one of the results is read, by its number; an error of another child still counts."
# ///
import asyncio


async def work(name, delay=0.01):
    print("start", name)
    await asyncio.sleep(delay)
    print("end", name)
    return name


async def fail(name, delay=0.02):
    await asyncio.sleep(delay)
    raise ValueError(name)


async def main():
    print((await asyncio.gather(work("a", 0.02), work("b")))[0])
    last = (await asyncio.gather(work("c"), work("d", 0.02)))[-1]
    print(last)
    print((await asyncio.gather(*[work(n, 0.01 * n) for n in range(3)]))[-2])
    try:
        print((await asyncio.gather(work("e"), fail("f")))[0])
    except ValueError as error:
        print("failed", error)
    try:
        print((await asyncio.gather(work("g")))[1])
    except IndexError as error:
        print(error)
    try:
        print((await asyncio.gather(*[work(n) for n in ()]))[0])
    except IndexError as error:
        print(error)


asyncio.run(main())
