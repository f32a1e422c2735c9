# /// case
# shows = "An object made before the run keeps the loop and starts tasks on it."
# ///
import asyncio


class Service:
    def __init__(self, loop):
        self.loop = loop
        self.ready = loop.create_future()

    async def start(self):
        self.loop.call_later(0.01, self.ready.set_result, "ready")
        return await self.ready


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
service = Service(loop)
print(loop.run_until_complete(service.start()))
loop.close()
