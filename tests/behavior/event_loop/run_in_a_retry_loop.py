# /// case
# shows = "The run is repeated by a loop of plain code until it succeeds."
# changes = ["run-until-complete-to-asyncio-run"]
# ///
import asyncio

attempts = 0
event = asyncio.Event()


async def attempt():
    global attempts
    attempts += 1
    try:
        await asyncio.wait_for(event.wait(), 0.01)
    except asyncio.TimeoutError:
        pass
    if attempts < 3:
        raise ConnectionError(attempts)
    return attempts


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
while True:
    try:
        result = loop.run_until_complete(attempt())
        break
    except ConnectionError as error:
        print("again", error)
print(result)
loop.close()
