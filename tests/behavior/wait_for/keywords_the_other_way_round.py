# /// case
# shows = "Keyword arguments are evaluated in the order in which they are written."
# ///
import asyncio


class Client:
    limit = 1

    async def answer(self):
        await asyncio.sleep(0)
        return 42

    def start(self):
        print("start")
        self.limit = "no number"
        return self.answer()

    def patience(self):
        print("patience")
        return self.limit


async def main():
    client = Client()
    print(await asyncio.wait_for(timeout=client.patience(), fut=client.start()))


asyncio.run(main())
