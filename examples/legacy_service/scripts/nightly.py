"""Cron job: refresh the cache for everything the shops sell, then say what changed.

Usage: nightly.py settings.json
"""

import asyncio
import sys

from pricewatch.cache import QuoteCache
from pricewatch.collector import Collector
from pricewatch.config import Settings

settings = Settings.load(sys.argv[1])
collector = Collector(settings, QuoteCache(settings.cache_dir))


async def refresh():
    skus = await collector.assortment()
    found = await collector.collect(skus)
    return len(found)


async def listing():
    return await collector.cache.known_parts()


loop = asyncio.get_event_loop()
before = loop.run_until_complete(listing())
count = loop.run_until_complete(refresh())
after = loop.run_until_complete(listing())
loop.close()

print(f"{count} parts, {len(set(after) - set(before))} of them new")
