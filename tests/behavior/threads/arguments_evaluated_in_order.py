# /// case
# shows = "The function and its arguments are evaluated once, in order, in the caller's thread."
# changes = ["run-in-executor-to-thread"]
# ///
import asyncio
import threading


def say(value):
    print(value, threading.current_thread() is threading.main_thread())
    return value


def pick():
    print("pick")
    return lambda *args: args


async def main():
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, pick(), say(1), say(2)))


asyncio.run(main())
