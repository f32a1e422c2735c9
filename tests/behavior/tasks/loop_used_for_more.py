# /// case
# shows = "A loop variable with uses other than creating tasks."
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
    started = loop.time()
    task = loop.create_task(work("a"), name="worker")
    print(task.get_name(), loop.is_running())
    done = loop.create_future()
    loop.call_later(0.01, done.set_result, "later")
    print(await task, await done, loop.time() >= started)


asyncio.run(main())
