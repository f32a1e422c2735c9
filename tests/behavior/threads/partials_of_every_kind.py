# /// case
# shows = "Partials with keywords that clash with parameters, nested, stored, subclassed and unpacked."
# ///
import asyncio
import functools
from functools import partial


def show(*args, **kwargs):
    return args, sorted(kwargs.items())


class Loud(functools.partial):
    def __call__(self, *args, **kwargs):
        return "loud", super().__call__(*args, **kwargs)


async def main():
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, partial(show, 1, func=2, self=3, loop=4)))
    print(await loop.run_in_executor(None, partial(show, 1, a=2), 3))
    print(await loop.run_in_executor(None, partial(partial(show, 1), 2)))
    stored = partial(show, 4)
    print(await loop.run_in_executor(None, stored, 5))
    print(await loop.run_in_executor(None, Loud(show, 6)))
    print(await loop.run_in_executor(None, partial(show, *[1, 2], **{"k": 3})))
    print(await loop.run_in_executor(None, partial(show)))
    print(await loop.run_in_executor(None, *[show, 7, 8]))
    print(await loop.run_in_executor(executor=None, func=show))


asyncio.run(main())
