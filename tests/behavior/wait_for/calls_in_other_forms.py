# /// case
# shows = "Keyword arguments, argument unpacking and an alias of the function."
# ///
import asyncio
from asyncio import wait_for as limited


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
    arguments = (work("a"), 1)
    options = {"timeout": 1}
    print(await asyncio.wait_for(*arguments))
    print(await asyncio.wait_for(work("b"), **options))
    print(await asyncio.wait_for(fut=work("c"), timeout=1))
    print(await asyncio.wait_for(timeout=1, fut=work("d")))
    print(await limited(work("e"), 1))
    function = asyncio.wait_for
    print(await function(work("f"), 1))


asyncio.run(main())
