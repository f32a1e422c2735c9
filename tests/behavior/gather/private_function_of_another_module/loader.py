import asyncio


async def work(name, delay=0.01, error=None):
    await asyncio.sleep(delay)
    if error is not None:
        raise error
    return name


class Loader:
    def __init__(self, error):
        self.error = error

    async def _both(self):
        return await asyncio.gather(work("a", 0.01, self.error), work("b", 0.02))

    async def _refresh(self):
        async with asyncio.Lock():
            return await self._both()
