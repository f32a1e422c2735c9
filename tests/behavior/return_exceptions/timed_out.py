# /// case
# shows = "wait_for around a gather that returns exceptions."
# ///
import asyncio

cancelled = []


async def child(name):
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        cancelled.append(name)
        raise


async def main():
    try:
        results = await asyncio.wait_for(
            asyncio.gather(child("a"), child("b"), return_exceptions=True), 0.02
        )
        print("not here", results)
    except asyncio.TimeoutError:
        print("timeout", sorted(cancelled))


asyncio.run(main())
