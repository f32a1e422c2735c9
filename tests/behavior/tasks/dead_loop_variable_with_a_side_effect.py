# /// case
# shows = "Names bound beside the loop variable, and a loop variable read by an inner function."
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
    loop, other = asyncio.get_event_loop(), "other"
    print(await loop.create_task(work("a")), other)
    again = loop2 = asyncio.get_event_loop()
    print(await again.create_task(work("b")))

    def inner():
        return loop2.is_running()

    print(inner())
    if loop := asyncio.get_event_loop():
        print(await loop.create_task(work("c")))


async def only():
    loop = asyncio.get_event_loop()
    return await loop.create_task(work("d"))


async def in_a_block():
    if True:
        loop = asyncio.get_event_loop()
    return await loop.create_task(work("e"))


async def alone_in_a_block(flag):
    if flag:
        loop = asyncio.get_event_loop()
    else:
        loop = None
    if loop:
        await loop.create_task(work("f"))


asyncio.run(main())
print(asyncio.run(only()))
print(asyncio.run(in_a_block()))
asyncio.run(alone_in_a_block(True))
asyncio.run(alone_in_a_block(False))
