# /// case
# shows = "A job that is not awaited in place starts at once."
# ///
import asyncio
import threading

started = threading.Event()


def job():
    started.set()
    return "job"


async def main():
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(None, job)
    print(started.wait(5))
    print(await future)
    results = await asyncio.gather(
        *[loop.run_in_executor(None, pow, i, 2) for i in range(3)]
    )
    print(results)


asyncio.run(main())
