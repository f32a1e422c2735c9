# /// case
# shows = "A loop that either of two signals stops."
# changes = ["run-until-complete-to-asyncio-run"]
# flags = ["--unsafe"]
# ///
import asyncio
import os
import signal


async def worker():
    try:
        await asyncio.sleep(0.02)
        print("work")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
    finally:
        print("worker ends")


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
for number in (signal.SIGTERM, signal.SIGHUP):
    loop.add_signal_handler(number, loop.stop)
task = loop.create_task(worker())
try:
    loop.run_forever()
finally:
    loop.close()
print("bye")
