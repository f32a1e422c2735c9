# /// case
# shows = "The main function is plain and returns a future."
# ///
import asyncio

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


def main():
    future = loop.create_future()
    loop.call_later(0.01, future.set_result, "set")
    return future


print(loop.run_until_complete(main()))
loop.close()
