# /// case
# shows = "A call that gives its result to a method is still in a comprehension, or behind a condition."
# ///
import asyncio


class Parser:
    def __init__(self):
        self.seen = []

    def parse(self, value, more=()):
        self.seen.append(value)
        return value


class Limits:
    @property
    def short(self):
        print("limit is read")
        return 0.2


async def answer(value, delay=0.08):
    await asyncio.sleep(delay)
    return value


async def main():
    parser = Parser()
    limits = Limits()
    try:
        print([parser.parse(await asyncio.wait_for(answer(i), 0.2)) for i in range(4)])
        print([i and parser.parse(await asyncio.wait_for(answer(i), 0.2)) for i in range(4)])
        print({i: await asyncio.wait_for(answer(i), 0.2) if i else 0 for i in range(4)})
    except asyncio.TimeoutError:
        print("timeout")
    for flag in (True, False):
        print(flag and parser.parse(await asyncio.wait_for(answer(5), limits.short)))
        print(flag or parser.seen[len([await asyncio.wait_for(answer(6), limits.short)])])
        while flag and parser.parse(await asyncio.wait_for(answer(7), limits.short)):
            break


asyncio.run(main())
