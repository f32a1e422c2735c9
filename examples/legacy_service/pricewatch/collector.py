"""Asks every shop for every part and ranks the answers."""

import asyncio
import logging
from typing import Dict, List, Optional, Tuple

from pricewatch.cache import QuoteCache
from pricewatch.clients import ShopClient, fetch_rates
from pricewatch.config import Settings
from pricewatch.models import Quote

logger = logging.getLogger(__name__)


class UnknownCurrency(Exception):
    """A shop trades in a currency the bank does not list."""


class Collector:
    def __init__(self, settings: Settings, cache: Optional[QuoteCache] = None) -> None:
        self.settings = settings
        self.cache = cache or QuoteCache(settings.cache_dir)
        self.clients = [ShopClient(shop) for shop in settings.shops]

    async def _quote(self, client: ShopClient, sku: str, rates: Dict[str, float]) -> Optional[Quote]:
        try:
            record = await asyncio.wait_for(client.fetch_price(sku), timeout=self.settings.shop_timeout)
        except asyncio.TimeoutError:
            logger.warning("%s took too long for %s", client.name, sku)
            return None
        if record is None:
            return None
        try:
            rate = rates[client.shop.currency]
        except KeyError:
            raise UnknownCurrency(client.shop.currency) from None
        price = round(record["price"] * rate, 2)
        return Quote(sku=sku, shop=client.name, price=price, in_stock=record["stock"] > 0)

    async def collect_part(self, sku: str, rates: Dict[str, float]) -> List[Quote]:
        """Return what the shops ask for ``sku`` today, cheapest first."""
        answers = await asyncio.gather(*[self._quote(client, sku, rates) for client in self.clients])
        quotes = [quote for quote in answers if quote is not None]
        return sorted(quotes, key=lambda quote: (not quote.in_stock, quote.price, quote.shop))

    async def compare(self, sku: str) -> Tuple[List[Quote], List[Quote]]:
        """Return the quotes of the last run and those of now."""
        # The rates are needed first, but yesterday's file can be read meanwhile.
        rates, before = await asyncio.gather(
            fetch_rates(self.settings.rates_url),
            self.cache.load(sku),
        )
        return before, await self.collect_part(sku, rates)

    async def collect(self, skus: List[str]) -> Dict[str, List[Quote]]:
        """Collect all parts; one that fails is logged and left out."""
        rates = await fetch_rates(self.settings.rates_url)
        results = await asyncio.gather(
            *(self.collect_part(sku, rates) for sku in skus),
            return_exceptions=True,
        )
        found: Dict[str, List[Quote]] = {}
        for sku, result in zip(skus, results):
            if isinstance(result, Exception):
                logger.error("%s: %s: %s", sku, type(result).__name__, result)
            else:
                found[sku] = result
        await self.cache.store_all(found)
        return found

    async def assortment(self) -> List[str]:
        """Return every part any shop lists, sorted, without duplicates."""
        parts = set()
        for listed in await asyncio.gather(*map(ShopClient.fetch_catalogue, self.clients)):
            parts.update(listed)
        return sorted(parts)

    async def shops_up(self) -> List[str]:
        return [
            client.name
            for client, up in zip(
                self.clients, await asyncio.gather(*[client.ping() for client in self.clients])
            )
            if up
        ]


def cheapest(found: Dict[str, List[Quote]]) -> Dict[str, Optional[Quote]]:
    """Pick the best quote of each part; None where no shop has one."""
    return {sku: (quotes[0] if quotes else None) for sku, quotes in found.items()}
