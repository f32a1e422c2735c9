# /// case
# shows = "With `--firewall log` the exceptions are logged and returned."
# changes = ["gather-return-exceptions"]
# flags = ["--firewall", "log"]
#
# [difference]
# why = "The user asks for a log."
# before = """
# [1, ValueError('no')]
# exit 0
# """
# after = """
# ERROR: A task failed
# [1, ValueError('no')]
# exit 0
# """
# ///
import asyncio
import logging
import sys

handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(type("Short", (logging.Formatter,), {"formatException": lambda *_: ""})("%(levelname)s: %(message)s"))
logging.getLogger().addHandler(handler)


async def give(value):
    return value


async def fail():
    raise ValueError("no")


async def main():
    print(await asyncio.gather(give(1), fail(), return_exceptions=True))


asyncio.run(main())
