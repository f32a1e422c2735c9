# /// case
# shows = "The run as a returned expression, its value passed to sys.exit."
# ///
import asyncio
import sys


async def main():
    return 3


def cli():
    loop = asyncio.new_event_loop()
    return loop.run_until_complete(main())


if __name__ == "__main__":
    a = b = cli()
    print(a, b)
    sys.exit(a)
