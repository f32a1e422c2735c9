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


def look(path: Path) -> None:
    """Runs in a thread, so it may only touch the loop through call_soon_threadsafe."""
    seen = 0.0
    while True:
        stamp = path.stat().st_mtime
        if stamp != seen:
            seen = stamp
            loop.call_soon_threadsafe(changed.set)
        time.sleep(0.05)


async def collect_on_change(path: Path, runs: int) -> None:
    for _ in range(runs):
        await changed.wait()
        changed.clear()
        settings = Settings.load(str(path))
        found = await Collector(settings).collect(settings.watchlist)
        print(f"{len(cheapest(found))} parts", flush=True)
    loop.stop()


def main() -> None:
    path = Path(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    threading.Thread(target=look, args=(path,), daemon=True).start()
    task = loop.create_task(collect_on_change(path, runs))
    try:
        loop.run_forever()
    finally:
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()


if __name__ == "__main__":
    main()
