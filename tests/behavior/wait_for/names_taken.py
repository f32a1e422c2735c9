# /// case
# shows = "Names a rewrite would like to bind or import are taken by locals, parameters and globals."
# changes = ["wait-for-to-timeout"]
# ///
from asyncio import TimeoutError as Expired
from asyncio import run, sleep, wait_for

result = "global result"
value = "global value"


async def echo(value):
    await sleep(0)
    return value


async def fetch(timeout):
    print(await wait_for(echo(1), timeout))
    if await wait_for(echo(2), timeout=timeout):
        print(result, value)
    try:
        await wait_for(sleep(1), timeout)
    except Expired as error:
        print("expired", error.args)
    return timeout


print(run(fetch(0.05)))
