# /// case
# shows = "A task that ends the program passes the group, and so does Ctrl-C."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


async def leave(error):
    await asyncio.sleep(0.01)
    raise error


async def both(error):
    await asyncio.gather(leave(error), work("b", 0.05))


async def main(error):
    await both(error)


try:
    asyncio.run(main(KeyboardInterrupt()))
except KeyboardInterrupt:
    print("stopped")
asyncio.run(main(SystemExit(3)))
