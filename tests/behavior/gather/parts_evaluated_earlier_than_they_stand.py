# /// case
# shows = "A starred argument behind a keyword and the default of a lambda are evaluated before the call."
# ///
import asyncio

stack = [1, 2, 3]


async def work(name):
    print("work", name, stack)
    await asyncio.sleep(0)
    return name


def pop():
    print("pop", stack[-1])
    return [stack.pop()]


def show(*args, **kwargs):
    print([arg() if callable(arg) else arg for arg in args], kwargs)


async def main():
    show(key=await asyncio.gather(work("a"), work("b")), *pop())
    show(lambda x=stack.pop(): x, await asyncio.gather(work("c"), work("d")))
    show(lambda *, x=stack.pop(): x, key=await asyncio.gather(work("e"), work("f")))


asyncio.run(main())
