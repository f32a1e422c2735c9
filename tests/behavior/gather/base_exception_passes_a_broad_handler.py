# /// case
# shows = "A child's exception that is not an Exception passes the handler for Exception and meets its own."
# ///
import asyncio


class Abort(BaseException):
    pass


async def abort(delay=0.01):
    await asyncio.sleep(delay)
    raise Abort("now")


async def main():
    try:
        await asyncio.gather(abort(), abort(0.05))
    except Exception:
        print("an Exception")
    except Abort as error:
        print("Abort", error.args)


asyncio.run(main())
