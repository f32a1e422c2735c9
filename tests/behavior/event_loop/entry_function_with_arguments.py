# /// case
# shows = "An entry function that is called from the main block with arguments."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio


async def main(a, *, b):
    return a + b


def run(argv):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        print(loop.run_until_complete(main(len(argv), b=1)))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


if __name__ == "__main__":
    run(["x"])
