# /// case
# shows = "A worker thread makes a loop of its own."
# ///
import asyncio
import threading


async def main(name):
    await asyncio.sleep(0)
    return name


def worker(name, results):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    results.append(loop.run_until_complete(main(name)))
    loop.close()


results = []
threads = [threading.Thread(target=worker, args=(n, results)) for n in "ab"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results))
