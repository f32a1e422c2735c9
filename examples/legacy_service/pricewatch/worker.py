"""Works through a queue of parts with a few workers and a heartbeat.

The daemon feeds the queue for as long as it runs; ``drain`` empties it once.
"""

import asyncio
import logging
from typing import Dict, List, Optional

from pricewatch.collector import Collector
from pricewatch.models import Quote

logger = logging.getLogger(__name__)


class WorkerPool:
    def __init__(self, collector: Collector, rates: Dict[str, float]) -> None:
        self.collector = collector
        self.rates = rates
        self.queue: "asyncio.Queue[str]" = asyncio.Queue()
        self.found: Dict[str, List[Quote]] = {}
        self.beats = 0
        self._warmup: Optional["asyncio.Future[list]"] = None
        self._greeting: Optional["asyncio.Task[None]"] = None

    async def start(self) -> None:
        """Begin the work that nobody has to wait for."""
        # Yesterday's prices are read in the background; stop() picks them up.
        self._warmup = asyncio.gather(
            *[self.collector.cache.load(sku) for sku in self.collector.settings.watchlist]
        )
        self._greeting = asyncio.create_task(asyncio.wait_for(self._greet(), 5))

    async def stop(self) -> int:
        """Finish the background work; return how many quotes were known before."""
        if self._greeting is not None:
            await self._greeting
        known = await self._warmup if self._warmup is not None else []
        return sum(len(quotes) for quotes in known)

    async def _greet(self) -> None:
        up = await self.collector.shops_up()
        logger.info("%d of %d shops are up", len(up), len(self.collector.clients))

    async def _heartbeat(self) -> None:
        while True:
            self.beats += 1
            logger.debug("beat %d, %d parts queued", self.beats, self.queue.qsize())
            await asyncio.sleep(1)

    async def _worker(self, number: int) -> int:
        done = 0
        while True:
            try:
                sku = await asyncio.wait_for(self.queue.get(), self.collector.settings.idle_timeout)
            except asyncio.TimeoutError:
                logger.debug("worker %d is idle after %d parts", number, done)
                return done
            try:
                self.found[sku] = await self.collector.collect_part(sku, self.rates)
            except Exception:
                logger.exception("worker %d: %s failed", number, sku)
            finally:
                self.queue.task_done()
            done += 1

    async def drain(self) -> Dict[str, List[Quote]]:
        """Run the workers until the queue has been empty for a while."""
        loop = asyncio.get_event_loop()
        started = loop.time()
        heartbeat = asyncio.ensure_future(self._heartbeat())
        workers = []
        for number in range(self.collector.settings.workers):
            workers.append(loop.create_task(self._worker(number)))
        try:
            counts = await asyncio.gather(*workers)
            logger.info("%d parts in %.1f s", sum(counts), loop.time() - started)
        finally:
            heartbeat.cancel()
            for worker in workers:
                worker.cancel()
            await asyncio.gather(heartbeat, *workers, return_exceptions=True)
        return self.found

    async def _next_part(self) -> Optional[str]:
        return await self.queue.get() if not self.queue.empty() else None

    async def skip(self, unwanted: List[str]) -> int:
        """Drop queued parts that nobody wants any more."""
        kept, dropped = [], 0
        while (sku := await asyncio.wait_for(self._next_part(), timeout=1)) is not None:
            if sku in unwanted:
                dropped += 1
            else:
                kept.append(sku)
        for sku in kept:
            self.queue.put_nowait(sku)
        return dropped


async def run_pool(collector: Collector, rates: Dict[str, float], skus: List[str]) -> Dict[str, List[Quote]]:
    """Queue ``skus``, start a pool and wait until it has nothing left to do."""
    pool = WorkerPool(collector, rates)
    for sku in skus:
        pool.queue.put_nowait(sku)
    drained = asyncio.get_event_loop().create_task(pool.drain())
    await pool.start()
    found = await drained
    await pool.stop()
    return found
