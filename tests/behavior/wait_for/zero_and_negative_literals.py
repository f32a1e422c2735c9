# /// case
# shows = "A timeout of zero or less never starts the coroutine."
# unchanged = true
# refused = ["timeout-not-positive"]
# ///
import asyncio


async def immediate():
    print("ran")
    return 1


async def main():
    for _ in range(1):
        try:
            print(await asyncio.wait_for(immediate(), 0))
        except asyncio.TimeoutError:
            print("timeout")
        try:
            print(await asyncio.wait_for(immediate(), timeout=-1.5))
        except asyncio.TimeoutError:
            print("timeout")


asyncio.run(main())
