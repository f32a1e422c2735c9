# /// case
# shows = "The results are zipped with the names that the arguments were made from."
# changes = ["gather-return-exceptions"]
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


async def main():
    names = ["a", "b", "c"]
    coros = [fail(name) if name == "b" else work(name) for name in names]
    results = await asyncio.gather(*coros, return_exceptions=True)
    for name, result in zip(names, results):
        if isinstance(result, Exception):
            print(name, "failed", result.args, result.__cause__, result.__context__)
        else:
            print(name, result)
    results.append(None)
    print(len(results), len(coros))


asyncio.run(main())
