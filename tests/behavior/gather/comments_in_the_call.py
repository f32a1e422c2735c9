# /// case
# shows = "Comments between and after the arguments, with lines broken by backslashes and a trailing comma."
# changes = ["gather-to-taskgroup"]
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
    # before the call
    first, second = await asyncio.gather(  # opening
        # about the first
        work("a"),  # after the first
        work(
            "b",  # inside the second
        ),
        # after the last
    )  # closing
    # after the call
    third = \
        await asyncio.gather(work("c"))
    print(first, second, third)


asyncio.run(main())
