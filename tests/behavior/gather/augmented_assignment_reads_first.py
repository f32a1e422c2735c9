# /// case
# shows = "The target of an augmented assignment is read before the children change it."
# ///
import asyncio

total = 0


async def bump():
    global total
    await asyncio.sleep(0)
    total += 10
    return 1


class Counter:
    value = 0

    async def bump(self):
        await asyncio.sleep(0)
        self.value += 10
        return 1


async def main():
    global total
    total += sum(await asyncio.gather(bump(), bump()))
    print(total)
    counter = Counter()
    counter.value += sum(await asyncio.gather(counter.bump(), counter.bump()))
    print(counter.value)
    local = 0

    async def bump_local():
        nonlocal local
        await asyncio.sleep(0)
        local += 10
        return 1

    local += (await asyncio.gather(bump_local()))[0]
    print(local)


asyncio.run(main())
