# /// case
# shows = "Functions call each other, and a task of a task fails."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


async def visit(node, depth):
    await asyncio.sleep(0)
    if node == 11:
        raise ValueError(node)
    if depth:
        await below(node, depth - 1)


async def below(node, depth):
    await asyncio.gather(visit(node * 2, depth), visit(node * 2 + 1, depth))


async def main():
    try:
        await visit(1, 3)
    except Exception:
        print("failed")
    await visit(12, 2)
    print("visited")


asyncio.run(main())
