# /// case
# shows = "A caught exception is freed as soon as its handler is left; a weak reference shows it."
# changes = ["gather-to-taskgroup"]
#
# [difference]
# why = "D-G8: the exception stays alive in a reference cycle until the next garbage collection."
# before = """
# caught
# alive False
# after a collection False
# exit 0
# """
# after = """
# caught
# alive True
# after a collection False
# exit 0
# """
# ///
import asyncio
import gc
import weakref


class Problem(Exception):
    pass


seen = []


async def explode():
    await asyncio.sleep(0)
    raise Problem


async def load():
    await asyncio.gather(explode(), asyncio.sleep(0))


async def main():
    gc.collect()
    gc.disable()
    try:
        await load()
    except Problem as error:
        seen.append(weakref.ref(error))
        print("caught")
    await asyncio.sleep(0)
    print("alive", seen[0]() is not None)
    gc.collect()
    print("after a collection", seen[0]() is not None)


asyncio.run(main())
