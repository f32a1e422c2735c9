# /// case
# shows = "Names that a rewrite might import are functions of the program or locals."
# ///
from asyncio import ensure_future, gather, get_event_loop, run, sleep, wait_for

timeout = "mine"


def create_task(coro):
    coro.close()
    return "my task"


def to_thread(function):
    return "my thread"


def get_running_loop():
    return "my loop"


async def echo(value):
    await sleep(0)
    return value


async def main(TaskGroup="my group"):
    loop = get_event_loop()
    first = ensure_future(echo(1))
    second = loop.create_task(echo(2))
    print(await first, await second, await loop.run_in_executor(None, len, "abc"))
    print(await wait_for(echo(3), 1), await gather(echo(4), echo(5)))
    print(create_task(echo(6)), to_thread(len), get_running_loop(), timeout, TaskGroup)


run(main())
