"""Run the collection again whenever settings.json changes.

A thread looks at the file once in a while and wakes the loop; stop it with Ctrl-C.
"""

import asyncio
import sys
import threading
import time
from pathlib import Path

from pricewatch.collector import Collector, cheapest
from pricewatch.config import Settings

loop = asyncio.get_event_loop()
changed = asyncio.Event()


def look(path: Path, rounds: int) -> None:
    """Runs in a thread, so it may only touch the loop through call_soon_threadsafe."""
    seen = 0.0
    for _ in range(rounds):
        stamp = path.stat().st_mtime
        if stamp != seen:
            seen = stamp
            loop.call_soon_threadsafe(changed.set)
        time.sleep(0.05)
    loop.call_soon_threadsafe(loop.stop)


async def collect_on_change(path: Path) -> None:
    while True:
        await changed.wait()
        changed.clear()
        settings = Settings.load(str(path))
        found = await Collector(settings).collect(settings.watchlist)
        print(f"{len(cheapest(found))} parts", flush=True)


def main() -> None:
    path = Path(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    threading.Thread(target=look, args=(path, rounds), daemon=True).start()
    task = loop.create_task(collect_on_change(path))
    try:
        loop.run_forever()
    finally:
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()


if __name__ == "__main__":
    main()
