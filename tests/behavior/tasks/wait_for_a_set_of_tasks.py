# /// case
# shows = "asyncio.wait over tasks made by ensure_future in a comprehension."
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
    done, pending = await asyncio.wait(
        [asyncio.ensure_future(coro) for coro in [work("a"), work("b")]]
    )
    print(sorted(task.result() for task in done), pending)


asyncio.run(main())
