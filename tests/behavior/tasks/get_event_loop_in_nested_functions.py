# /// case
# shows = "get_event_loop in lambdas, nested functions and default arguments of coroutine functions."
# ///
import asyncio


async def main():
    here = asyncio.get_event_loop()
    find = lambda: asyncio.get_event_loop()

    def nested(loop=asyncio.get_event_loop()):
        return loop, asyncio.get_event_loop()

    print(find() is here, [loop is here for loop in nested()])
    return find, nested


find, nested = asyncio.run(main())
asyncio.set_event_loop(asyncio.new_event_loop())
print(find().is_closed(), [loop.is_closed() for loop in nested()])
find().close()
