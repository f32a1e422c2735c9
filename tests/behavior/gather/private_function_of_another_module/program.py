# /// case
# shows = "A private function; the only way out leads through two modules to a handler for everything."
# changes = ["gather-to-taskgroup"]
# lacks = ["BaseExceptionGroup", "_TaskGroup"]
# ///
import asyncio

import jobs

asyncio.run(jobs.run([None, ValueError("x"), OSError("y")]))
