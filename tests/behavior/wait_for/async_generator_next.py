# /// case
# shows = "The next item of an asynchronous generator under a time limit."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def items():
    for i in range(3):
        await asyncio.sleep(0.01 if i < 2 else 1)
        yield i


async def main():
    stream = items()
    while True:
        try:
            item = await asyncio.wait_for(stream.__anext__(), timeout=0.1)
        except StopAsyncIteration:
            print("end")
            break
        except asyncio.TimeoutError:
            print("timeout")
            break
        print(item)
    print(await asyncio.wait_for(anext(stream, "exhausted"), 1))


asyncio.run(main())
