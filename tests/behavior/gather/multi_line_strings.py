# /// case
# shows = "Multi-line strings among the arguments keep every space although the call is indented further."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


async def echo(text):
    await asyncio.sleep(0)
    return text


async def main():
    if True:
        first, second = await asyncio.gather(
            echo("""one
  two
        three"""),
            echo(f"""{1 +
1}
    four"""),
        )
        print(repr(first), repr(second))


asyncio.run(main())
