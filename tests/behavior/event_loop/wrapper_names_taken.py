# /// case
# shows = "The names a wrapper coroutine would like are taken, and its arguments are module variables."
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


def _main():
    return "mine"


def main():
    return "mine too"


runner = "runner"
names = ["a", "b"]
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(asyncio.gather(*[work(name) for name in names])))
loop.close()
print(_main(), main(), runner)
