# /// case
# shows = "Jobs for an executor of their own, chosen at run time or set as the default."
# ///
import asyncio
import concurrent.futures
import threading


def where():
    return threading.current_thread().name.split("_")[0]


async def main(executor=None):
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1, "mine") as pool:
        print(await loop.run_in_executor(pool, where))
        executor = pool
        print(await loop.run_in_executor(executor, where))
        executor = None
        print(await loop.run_in_executor(executor, where))
    default = concurrent.futures.ThreadPoolExecutor(1, "default")
    loop.set_default_executor(default)
    print(await loop.run_in_executor(None, where))


asyncio.run(main())
