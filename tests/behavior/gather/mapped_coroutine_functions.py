# /// case
# shows = "Coroutines that map() makes, of elements that may be too few, fail or come one by one."
# ///
import asyncio


async def work(name):
    print("start", name)
    await asyncio.sleep(0.01)
    if name == "bad":
        raise ValueError(name)
    return name


def names(*all_of_them):
    for name in all_of_them:
        print("made", name)
        yield name
    if "stop" in all_of_them:
        raise LookupError("no more names")


class Shop:
    async def sell(self, thing):
        print("sell", thing)
        return thing

    async def sell_all(self, things):
        await asyncio.gather(*map(self.sell, things))


async def main():
    print(await asyncio.gather(*map(work, ["a", "b"])))
    print(await asyncio.gather(*map(work, names("c", "d"))))
    print(await asyncio.gather(*map(work, [])))
    for given in (["e", "bad"], names("f", "stop"), 5):
        try:
            print(await asyncio.gather(*map(work, given)))
        except (ValueError, LookupError, TypeError) as error:
            print(type(error).__name__, error)
    await Shop().sell_all("xyz")


asyncio.run(main())
