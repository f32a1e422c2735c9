# /// case
# shows = "A gather as the argument of run_until_complete."
# changes = ["run-until-complete-to-asyncio-run"]
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
print(loop.run_until_complete(asyncio.gather(work("a"), work("b"))))
loop.close()
