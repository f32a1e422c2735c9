from pricewatch.models import Quote
from pricewatch.notify import Notifier
from tests.base import ServiceTestCase

BEST = {"MX-100": Quote("MX-100", "bravo", 9.0), "MX-999": None}


class NotifierTest(ServiceTestCase):
    async def test_send_all(self):
        await Notifier(f"{self.server.url}/desk").send_all(BEST)
        posted = sorted(self.server.posted, key=lambda message: message["sku"])
        self.assertEqual(posted[0]["best"]["price"], 9.0)
        self.assertEqual(posted[1], {"sku": "MX-999", "best": None})

    async def test_second_attempt(self):
        self.server.refusals.append(True)
        self.assertTrue(await Notifier(f"{self.server.url}/desk").send("MX-999", None))
        self.assertEqual(len(self.server.posted), 2)

    async def test_gives_up(self):
        self.server.refusals.extend([True, True])
        self.assertFalse(await Notifier(f"{self.server.url}/desk").send("MX-999", None))

    async def test_without_webhook(self):
        self.assertFalse(await Notifier(None).send("MX-100", None))

    async def test_unreachable_desk_is_only_logged(self):
        await Notifier("http://127.0.0.1:9/").send_all(BEST)
