import asyncio

from pricewatch.collector import Collector
from pricewatch.worker import WorkerPool, run_pool
from tests.base import ServiceTestCase

RATES = {"EUR": 1.0, "GBP": 1.25}


class WorkerPoolTest(ServiceTestCase):
    def pool(self, *skus, **more):
        pool = WorkerPool(Collector(self.settings(**more)), RATES)
        for sku in skus:
            pool.queue.put_nowait(sku)
        return pool

    async def test_drain(self):
        pool = self.pool("MX-100", "MX-200", "MX-300")
        found = await pool.drain()
        self.assertEqual(sorted(found), ["MX-100", "MX-200", "MX-300"])
        self.assertGreaterEqual(pool.beats, 1)
        self.assertEqual(len(asyncio.all_tasks()), 1)

    async def test_a_failing_part_does_not_stop_the_others(self):
        pool = self.pool("MX-100", "MX-200")
        pool.rates = {"EUR": 1.0}
        self.assertEqual(sorted(await pool.drain()), ["MX-200"])

    async def test_skip(self):
        pool = self.pool("MX-100", "MX-200", "MX-100")
        self.assertEqual(await pool.skip(["MX-100"]), 2)
        self.assertEqual(pool.queue.get_nowait(), "MX-200")

    async def test_start_and_stop(self):
        pool = self.pool(watchlist=["MX-100", "MX-200"])
        await pool.collector.collect(["MX-100"])
        await pool.start()
        self.assertEqual(await pool.stop(), 3)

    async def test_drain_can_be_cancelled(self):
        pool = self.pool("MX-100", idle_timeout=30)
        drain = asyncio.create_task(pool.drain())
        while "MX-100" not in pool.found:
            await asyncio.sleep(0.01)
        drain.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await drain
        self.assertEqual(len(asyncio.all_tasks()), 1)

    async def test_run_pool(self):
        found = await run_pool(Collector(self.settings()), RATES, ["MX-100", "MX-999"])
        self.assertEqual({sku: len(quotes) for sku, quotes in found.items()}, {"MX-100": 3, "MX-999": 0})
