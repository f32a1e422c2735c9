import asyncio as aio
import os


def main():  # lift
    print("main")


main(
)
# --- becomes
import asyncio as aio
import os


async def main():  # lift
    print("main")


aio.run(main(
))
