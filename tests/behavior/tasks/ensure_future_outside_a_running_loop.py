# /// case
# shows = "ensure_future in plain code before the loop runs, and in a callback of the loop."
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

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def start():
    return asyncio.ensure_future(work("early"), loop=loop)


task = start()


async def main():
    def callback():
        tasks.append(asyncio.ensure_future(work("late", 0.1)))

    tasks = []
    asyncio.get_running_loop().call_soon(callback)
    print(await task)
    print([await late for late in tasks])


loop.run_until_complete(main())
loop.close()
