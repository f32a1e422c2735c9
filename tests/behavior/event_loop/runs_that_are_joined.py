# /// case
# shows = "Runs with nothing between them become one coroutine."
# changes = ["run-until-complete-to-asyncio-run"]
# flags = ["--unsafe"]
# ///
import asyncio


async def prepare():
    await asyncio.sleep(0.01)
    print("prepared")
    return 3


async def work(count):
    await asyncio.sleep(0)
    print("worked", count)


def main():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        count = loop.run_until_complete(prepare())
        print("between")
        loop.run_until_complete(work(count))
        loop.run_until_complete(asyncio.gather(work(1), work(2)))
    finally:
        loop.close()


main()
