import asyncio

from pricewatch.cache import QuoteCache
from pricewatch.collector import Collector, UnknownCurrency, cheapest
from pricewatch.models import Quote
from tests.base import ServiceTestCase

RATES = {"EUR": 1.0, "GBP": 1.25}


class SlowCache(QuoteCache):
    """A disk that is still busy when the bank has already answered."""

    async def load(self, sku):
        await asyncio.sleep(0.05)
        return await super().load(sku)


class CollectorTest(ServiceTestCase):
    async def test_ranking(self):
        quotes = await Collector(self.settings()).collect_part("MX-100", RATES)
        self.assertEqual(
            [(quote.shop, quote.price) for quote in quotes],
            [("bravo", 9.0), ("alpha", 10.0), ("crown", 10.0)],
        )

    async def test_part_out_of_stock(self):
        quotes = await Collector(self.settings()).collect_part("MX-200", RATES)
        self.assertEqual(quotes, [Quote("MX-200", "alpha", 20.0, in_stock=False)])

    async def test_unknown_currency_reaches_the_caller_as_it_is(self):
        with self.assertRaises(UnknownCurrency) as caught:
            await Collector(self.settings()).collect_part("MX-100", {"EUR": 1.0})
        self.assertEqual(str(caught.exception), "GBP")
        self.assertIs(type(caught.exception), UnknownCurrency)

    async def test_compare(self):
        collector = Collector(self.settings())
        self.assertEqual(await collector.compare("MX-300"), ([], [Quote("MX-300", "bravo", 30.0)]))
        await collector.collect(["MX-300"])
        before, now = await collector.compare("MX-300")
        self.assertEqual(before, now)

    async def test_compare_without_rates(self):
        # The bank answers, but with an error document; the handler outside must see just that.
        settings = self.settings(rates_url=f"{self.server.url}/nowhere")
        with self.assertRaises(KeyError):
            await Collector(settings, SlowCache(self.directory)).compare("MX-100")

    async def test_collect(self):
        found = await Collector(self.settings()).collect(["MX-100", "MX-200", "MX-999"])
        self.assertEqual(
            {sku: len(quotes) for sku, quotes in found.items()}, {"MX-100": 3, "MX-200": 1, "MX-999": 0}
        )
        self.assertEqual(cheapest(found)["MX-999"], None)

    async def test_collect_leaves_out_what_failed(self):
        # Only crown sells in gold, and it only sells MX-100.
        raw = self.server.settings(self.directory / "cache")["shops"]
        raw[2]["currency"] = "XAU"
        found = await Collector(self.settings(shops=raw)).collect(["MX-100", "MX-200"])
        self.assertEqual(list(found), ["MX-200"])

    async def test_assortment(self):
        self.assertEqual(await Collector(self.settings()).assortment(), ["MX-100", "MX-200", "MX-300"])

    async def test_shops_up(self):
        raw = self.server.settings(self.directory)["shops"] + [
            {"name": "closed", "base_url": f"{self.server.url}/closed"}
        ]
        self.assertEqual(await Collector(self.settings(shops=raw)).shops_up(), ["alpha", "bravo", "crown"])


class CacheTest(ServiceTestCase):
    async def test_round_trip(self):
        cache = QuoteCache(self.directory)
        quotes = [Quote("MX-100", "alpha", 10.0), Quote("MX-100", "bravo", 9.0, in_stock=False)]
        self.assertGreater(await cache.store("MX-100", quotes), 0)
        self.assertEqual(await cache.load("MX-100"), quotes)
        self.assertEqual(await cache.known_parts(), ["MX-100"])

    async def test_missing_or_damaged_file(self):
        cache = QuoteCache(self.directory)
        self.assertEqual(await cache.load("MX-100"), [])
        await cache.store("MX-100", [])
        (self.directory / "quotes" / "MX-100.json").write_text("{", encoding="utf-8")
        self.assertEqual(await cache.load("MX-100"), [])

    async def test_parts_are_stored_side_by_side(self):
        cache = QuoteCache(self.directory)
        size = await cache.store_all({f"P-{n}": [Quote(f"P-{n}", "alpha", n)] for n in range(5)})
        self.assertEqual(size, sum(path.stat().st_size for path in self.directory.glob("quotes/*.json")))

    async def test_nothing_to_store(self):
        self.assertEqual(await QuoteCache(self.directory).store_all({}), 0)
