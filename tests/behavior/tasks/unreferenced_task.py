# /// case
# shows = "A task to which nobody keeps a reference runs while the main coroutine sleeps."
# ///
import asyncio


async def background():
    await asyncio.sleep(0.01)
    print("background")


async def main():
    asyncio.create_task(background())
    await asyncio.sleep(0.05)


asyncio.run(main())
