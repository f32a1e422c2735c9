# /// case
# shows = "Tasks keep their names although their arguments may fail; such an error is raised, not returned."
# changes = ["gather-return-exceptions"]
# ///
import asyncio


async def work(value):
    await asyncio.sleep(0.01)
    if value < 0:
        raise ValueError(value)
    return asyncio.current_task().get_name(), value


async def fetch(values, keys):
    tasks = [
        asyncio.create_task(work(values[key]), name=f"work-{key}")
        for key in keys
    ]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return [repr(result) for result in results]


async def main():
    values = {"a": 1, "b": -2, "c": 3}
    print(await fetch(values, "abc"))
    try:
        await fetch(values, "x")
    except KeyError as error:
        print("raised", error)


asyncio.run(main())
