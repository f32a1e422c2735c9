# /// case
# shows = "An error in the first run is handled and the second run takes place."
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


async def fail(name, delay=0.01, error=ValueError):
    await asyncio.sleep(delay)
    raise error(name)


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
try:
    loop.run_until_complete(fail("x"))
except ValueError as error:
    print("value", error)
else:
    print("not here")
print(loop.run_until_complete(work("a")))
loop.close()
