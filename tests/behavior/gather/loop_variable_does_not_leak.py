# /// case
# shows = "The variable of a comprehension does not overwrite a local of the same name."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def echo(value):
    await asyncio.sleep(0)
    return value


async def main():
    i = "outer"
    await asyncio.gather(*[echo(i) for i in range(3)])
    print(i)
    await asyncio.gather(*(echo(i) for i in range(3)), return_exceptions=True)
    print(i)


asyncio.run(main())
