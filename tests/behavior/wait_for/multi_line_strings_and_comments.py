# /// case
# shows = "Multi-line strings in the call keep every space, and comments stay, when the call is indented."
# changes = ["wait-for-to-timeout"]
# ///
import asyncio


async def echo(text, *more):
    await asyncio.sleep(0)
    return text, more


async def main():
    while True:
        # before
        result = await asyncio.wait_for(
            echo(
                """one
  two
        three""",  # after the text
                f"""{1 +
1}
    four""",
                'five \
  six',
            ),
            timeout=5,
        )  # closing
        # after
        print(repr(result))
        other = \
            await asyncio.wait_for(echo("a"), 1)
        print(other)
        break


asyncio.run(main())
