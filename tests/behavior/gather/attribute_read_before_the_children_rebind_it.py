# /// case
# shows = "The method of an attribute is looked up before a child replaces the attribute."
# ///
import asyncio


class Store:
    def __init__(self):
        self.items = ["old"]

    async def reset(self):
        await asyncio.sleep(0)
        self.items = ["new"]
        return "reset"


async def main():
    store = Store()
    old = store.items
    store.items.extend(await asyncio.gather(store.reset()))
    print(old, store.items)


asyncio.run(main())
