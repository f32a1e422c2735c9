# /// case
# shows = "A server that runs for ever until a signal stops the loop."
# ///
import asyncio
import os
import signal


async def worker():
    try:
        await asyncio.sleep(10)
    finally:
        print("worker finally")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.add_signal_handler(signal.SIGTERM, loop.stop)
task = loop.create_task(worker())
loop.call_later(0.02, os.kill, os.getpid(), signal.SIGTERM)
try:
    loop.run_forever()
finally:
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
print("bye")
