# /// case
# shows = "An asynchronous generator that was not finished is closed at the end of the run."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio


async def numbers():
    try:
        for i in range(3):
            yield i
    finally:
        print("generator clean-up")


async def main():
    stream = numbers()
    print(await anext(stream))
    return stream


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
try:
    stream = loop.run_until_complete(main())
finally:
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
print("end")
