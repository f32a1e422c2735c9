# /// case
# shows = "The current loop is fetched and run in one expression."
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
    loop = asyncio.get_event_loop()
    print(loop.is_running())
    return await work("a")


if __name__ == "__main__":
    print(asyncio.get_event_loop().run_until_complete(main()))
