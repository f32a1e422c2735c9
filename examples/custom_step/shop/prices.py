"""Prices, kept in Redis."""

import asyncio

import aioredis


class Prices:
    """What things cost."""

    redis: aioredis.Redis

    async def open(self, url: str) -> None:
        self.redis = await aioredis.create_redis_pool(url, maxsize=20)

    async def close(self) -> None:
        self.redis.close()
        await self.redis.wait_closed()

    async def price(self, sku: str) -> int:
        return int(await self.redis.get(sku))

    async def both(self, first: str, second: str) -> int:
        one, other = await asyncio.gather(self.price(first), self.price(second))
        return one + other
