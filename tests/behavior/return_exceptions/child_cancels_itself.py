# /// case
# shows = "A child that ends in CancelledError of its own, with results that are read."
# changes = ["gather-return-exceptions"]
#
# [difference]
# why = "D-G7: a child's own CancelledError is no longer a value of the list, it is raised when read."
# before = """
# start a
# end a
# CancelledError was returned
# exit 0
# """
# after = """
# start a
# end a
# raised CancelledError
# exit 0
# """
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


async def give_up():
    raise asyncio.CancelledError


async def main():
    try:
        a, b = await asyncio.gather(work("a"), give_up(), return_exceptions=True)
        print(type(b).__name__, "was returned")
    except asyncio.CancelledError:
        print("raised CancelledError")


asyncio.run(main())
