# /// case
# shows = "A function that looks at all of its local variables sees none that it did not have."
# changes = ["gather-to-taskgroup", "gather-return-exceptions", "wait-for-to-timeout"]
# refused = ["variables-shown"]
# ///
import asyncio


async def work(value):
    await asyncio.sleep(0)
    return value


def make(value):
    return work(value)


async def of_a_comprehension(x):
    await asyncio.gather(*[work(i) for i in range(3)])
    return sorted(locals())


async def of_two_results(x):
    u, v = await asyncio.gather(work(1), work(2))
    return sorted(vars())


async def of_tasks(x):
    tasks = [asyncio.create_task(work(1)), asyncio.create_task(work(2))]
    r = await asyncio.gather(*tasks)
    return sorted(dir())


async def behind_a_firewall(x):
    r = await asyncio.gather(work(1), work(2), return_exceptions=True)
    return "x={x} r={r}".format(**locals())


async def stored(x):
    future = asyncio.gather(work(1), work(2))
    r = await future
    return eval("sorted(locals())")


async def in_headers(x):
    for y in await asyncio.gather(work(1), work(2)):
        print(y, sorted(locals()))
    if await asyncio.wait_for(make(1), 1):
        print(sorted(locals()))
    await asyncio.wait_for(work(1), 1)
    return sorted(locals())


for function in (
    of_a_comprehension,
    of_two_results,
    of_tasks,
    behind_a_firewall,
    stored,
    in_headers,
):
    print(asyncio.run(function(1)))
