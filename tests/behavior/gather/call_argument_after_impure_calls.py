# /// case
# shows = "Calls to the left of the gather in the same expression are made before it, calls to the right after it."
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


def say(value):
    print("say", value)
    return value


async def main():
    print(
        dict(zip([say(1), say(2)], await asyncio.gather(work("a"), work("b")))), say(3)
    )


asyncio.run(main())
