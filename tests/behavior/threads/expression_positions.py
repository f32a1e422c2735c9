# /// case
# shows = "Executor jobs in comprehensions, f-strings, conditions, headers and operands."
# changes = ["run-in-executor-to-thread"]
# ///
import asyncio


def same(x):
    return x


async def main():
    loop = asyncio.get_running_loop()
    x = [await loop.run_in_executor(None, same, i) for i in range(3)]
    y = {k: await loop.run_in_executor(None, same, k) for k in "ab"}
    z = f"{await loop.run_in_executor(None, same, 1)}"
    w = (await loop.run_in_executor(None, same, [5]))[0] if await loop.run_in_executor(None, same, True) else 0
    while (v := await loop.run_in_executor(None, same, 0)):
        pass
    print(x, y, z, w, v)
    print(not await loop.run_in_executor(None, same, 0))
    print(-await loop.run_in_executor(None, same, 2) ** 2)


asyncio.run(main())
