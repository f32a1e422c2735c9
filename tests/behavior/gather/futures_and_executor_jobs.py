# /// case
# shows = "A bare future and an executor job are gathered beside a coroutine."
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
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(0.01, future.set_result, "future")
    print(
        await asyncio.gather(future, loop.run_in_executor(None, len, "abc"), work("c"))
    )


asyncio.run(main())
