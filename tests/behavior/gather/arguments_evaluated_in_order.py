# /// case
# shows = "Arguments with side effects are evaluated left to right, all before the first child starts."
# changes = ["gather-to-taskgroup"]
# ///
import asyncio


def say(value):
    print("evaluate", value)
    return value


async def child(value, *, extra=None):
    print("run", value, extra)
    await asyncio.sleep(0)
    return value


async def main():
    print(
        await asyncio.gather(
            child(say(1)), child(say(2), extra=say(3)), *[child(say(i)) for i in (4, 5)]
        )
    )


asyncio.run(main())
