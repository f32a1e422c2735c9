from pricewatch.clients import ShopClient, ShopError, check_shop, fetch_rates
from pricewatch.config import Shop
from tests.base import ServiceTestCase


class ShopClientTest(ServiceTestCase):
    def client(self, name="alpha", **more):
        return ShopClient(Shop(name, f"{self.server.url}/{name}", **more))

    async def test_price(self):
        self.assertEqual(await self.client().fetch_price("MX-100"), {"price": 10.0, "stock": 3})
        self.assertEqual(self.server.seen[-1], ("GET", "/alpha/prices/MX-100", "pricewatch/2.7"))

    async def test_unknown_part_is_none(self):
        self.assertIsNone(await self.client().fetch_price("MX-999"))

    async def test_unreachable_shop_is_none(self):
        nowhere = ShopClient(Shop("nowhere", "http://127.0.0.1:9"))
        self.assertIsNone(await nowhere.fetch_price("MX-100"))
        self.assertFalse(await nowhere.ping())

    async def test_answer_that_is_not_json_is_none(self):
        self.assertIsNone(await self.client("garbled").fetch_price("MX-100"))

    async def test_catalogue_stops_at_the_last_page(self):
        self.assertEqual(await self.client().fetch_catalogue(pages=5), ["MX-100", "MX-200"])
        pages = [path for _, path, _ in self.server.seen]
        self.assertEqual(pages, [f"/alpha/catalogue?page={page}&sort=sku" for page in (1, 2, 3)])

    async def test_closed_shop_has_no_catalogue(self):
        with self.assertRaisesRegex(ShopError, "closed: catalogue page 1: HTTP 503 Service Unavailable"):
            await self.client("closed").fetch_catalogue()

    async def test_ping(self):
        self.assertTrue(await self.client().ping())
        self.assertFalse(await self.client("closed").ping())

    async def test_rates_always_know_the_euro(self):
        self.assertEqual(await fetch_rates(f"{self.server.url}/rates"), {"GBP": 1.25, "EUR": 1.0})

    def test_doctor_line(self):
        self.assertEqual(check_shop(Shop("alpha", f"{self.server.url}/alpha")), "alpha: HTTP 200")
        self.assertEqual(
            check_shop(Shop("nowhere", "http://127.0.0.1:9")), "nowhere: unreachable (ConnectionError)"
        )
