from asyncio import run as start


def main():  # lift
    return 3


if __name__ == "__main__":
    raise SystemExit(main())
# --- becomes
from asyncio import run as start


async def main():  # lift
    return 3


if __name__ == "__main__":
    raise SystemExit(start(main()))
