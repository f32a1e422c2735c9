# /// case
# shows = "A time limit within a time limit: whichever is shorter strikes, at its own place."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def limited(inner):
    try:
        return await asyncio.wait_for(asyncio.sleep(1, "slept"), inner)
    except asyncio.TimeoutError:
        return "inner"


async def main():
    print(await asyncio.wait_for(limited(0.02), 1))
    try:
        print(await asyncio.wait_for(limited(1), 0.02))
    except asyncio.TimeoutError:
        print("outer")
    async with asyncio.timeout(1):
        print(await asyncio.wait_for(limited(0.02), None))


asyncio.run(main())
