# /// case
# shows = "The loop variable is deleted, returned, put into a dictionary and read through locals()."
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


async def deleted():
    loop = asyncio.get_event_loop()
    task = loop.create_task(work("a"))
    del loop
    return await task


async def returned():
    loop = asyncio.get_event_loop()
    await loop.create_task(work("b"))
    return loop


async def by_name():
    loop = asyncio.get_event_loop()
    await loop.create_task(work("c"))
    return sorted(locals())


async def formatted():
    loop = asyncio.get_event_loop()
    await loop.create_task(work("d"))
    return "{loop.__class__.__name__}".format(**locals()).endswith("EventLoop")


async def main():
    print(await deleted())
    print((await returned()).is_running())
    print(await by_name())
    print(await formatted())


asyncio.run(main())
