# /// case
# shows = "The clean-up of an asynchronous generator that a loop leaves by break."
# ///
import asyncio


async def numbers():
    try:
        for i in range(3):
            yield i
    finally:
        print("cleanup")


async def main():
    async for x in numbers():
        if x == 1:
            break
    print("after")
    await asyncio.sleep(0.01)


asyncio.run(main())
