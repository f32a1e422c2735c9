"""The command line: ``python -m pricewatch.cli settings.json MX-100 MX-200``."""

import argparse
import asyncio
import logging
import sys
from typing import Dict, List, Optional

from pricewatch.clients import check_shop, fetch_rates
from pricewatch.collector import Collector, cheapest
from pricewatch.config import Settings
from pricewatch.models import Quote
from pricewatch.notify import Notifier
from pricewatch.worker import run_pool

logger = logging.getLogger(__name__)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pricewatch", description=__doc__)
    parser.add_argument("settings", help="path of settings.json")
    parser.add_argument("skus", nargs="*", help="part numbers; default: the watchlist")
    parser.add_argument("--pool", action="store_true", help="work through a queue instead of all at once")
    parser.add_argument("--doctor", action="store_true", help="check the shops and stop")
    parser.add_argument("-v", "--verbose", action="store_true")
    return parser.parse_args()


def render(best: Dict[str, Optional[Quote]]) -> List[str]:
    lines = []
    for sku in sorted(best):
        quote = best[sku]
        if quote is None:
            lines.append(f"{sku:<10} no offer")
        else:
            stock = "" if quote.in_stock else " (out of stock)"
            lines.append(f"{sku:<10} {quote.price:>9.2f} EUR  {quote.shop}{stock}")
    return lines


async def watch(settings: Settings, skus: List[str], use_pool: bool) -> int:
    """Collect, report and print; the exit code says whether every part has an offer."""
    collector = Collector(settings)
    skus = skus or settings.watchlist or await collector.assortment()
    if use_pool:
        rates = await fetch_rates(settings.rates_url)
        found = await run_pool(collector, rates, skus)
    else:
        found = await collector.collect(skus)
    best = cheapest(found)
    await Notifier(settings.webhook_url).send_all(best)
    print("\n".join(render(best)))
    return 0 if all(best.get(sku) for sku in skus) else 3


def main() -> None:
    args = parse_args()
    logging.basicConfig(level=logging.DEBUG if args.verbose else logging.WARNING)
    settings = Settings.load(args.settings)
    if args.doctor:
        print("\n".join(check_shop(shop) for shop in settings.shops))
        return

    loop = asyncio.get_event_loop()
    try:
        code = loop.run_until_complete(watch(settings, args.skus, args.pool))
    finally:
        loop.close()
    sys.exit(code)


if __name__ == "__main__":
    main()
