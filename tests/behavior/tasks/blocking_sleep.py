# /// case
# shows = "A blocking sleep in a coroutine keeps every other task waiting."
# ///
import asyncio
import time


async def other():
    print("other")


async def main():
    task = asyncio.create_task(other())
    time.sleep(0.01)
    print("slept")
    await task


asyncio.run(main())
