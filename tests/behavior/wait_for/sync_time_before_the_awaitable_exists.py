# /// case
# shows = "Time that a plain function takes to make the awaitable does not count against the timeout."
# ///
import asyncio
import time


async def answer():
    await asyncio.sleep(0.01)
    return 42


def prepare():
    time.sleep(0.3)
    return answer()


class Client:
    def fetch(self):
        time.sleep(0.3)
        return answer()


async def main():
    try:
        print(await asyncio.wait_for(prepare(), 0.2))
        print(await asyncio.wait_for(Client().fetch(), timeout=0.2))
    except asyncio.TimeoutError:
        print("timeout")


asyncio.run(main())
