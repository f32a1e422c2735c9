# /// case
# shows = "A gather whose results feed a nonlocal variable of a decorated inner function."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio
import functools


async def work(name, delay=0.01):
    print("start", name)
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        print("cancelled", name)
        raise
    print("end", name)
    return name


def announced(function):
    @functools.wraps(function)
    async def wrapper(*args):
        print("announced")
        return await function(*args)

    return wrapper


async def main():
    total = 0

    @announced
    async def inner(count=2):
        nonlocal total
        names = await asyncio.gather(*[work("ab") for _ in range(count)])
        total = sum(len(name) for name in names)

    await inner()
    print(total)


asyncio.run(main())
