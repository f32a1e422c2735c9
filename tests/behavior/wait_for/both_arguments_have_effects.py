# /// case
# shows = "The awaitable is evaluated before the timeout."
# ///
import asyncio


async def answer():
    await asyncio.sleep(0)
    return 42


class Client:
    limit = None

    def start(self):
        print("start")
        self.limit = 1
        return answer()

    def patience(self):
        print("patience")
        return 1


def number():
    print("number")
    return 0.5


async def echo(value):
    await asyncio.sleep(0.01)
    return value


async def main():
    client = Client()
    print(await asyncio.wait_for(client.start(), client.limit))
    print(await asyncio.wait_for(client.start(), client.patience()))
    print(await asyncio.wait_for(echo(number()), number()))


asyncio.run(main())
