# /// case
# shows = "Several runs while names such as runner are taken, with results used between them."
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


def main():
    runner = "mine"
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        first = loop.run_until_complete(work("a"))
        print(first, runner)
        second = loop.run_until_complete(work(first + "b"))
    finally:
        print("finally")
        loop.close()
    return second


if __name__ == "__main__":
    print(main())
