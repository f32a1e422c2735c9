# /// case
# shows = "The classic entry point: make a loop, run the main coroutine, close the loop."
# changes = ["run-until-complete-to-asyncio-run"]
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
    return await work("m")


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        result = loop.run_until_complete(main())
        print(result)
    finally:
        loop.close()
