#!/usr/bin/env python3
"""Measures the language server: the time from a keystroke to the diagnostics that follow it.

    python bench/keystrokes.py target/release/aiolift [FILE]

Without a file it takes the tree `one` (about 3,200 lines), which `bench/run` has built. Each keystroke is a
character that is typed at one of three places of the file, one letter after the other: in the first line, in the
middle, and at the end. Prints milliseconds; `--strict` exits 1 when 95 of 100 take longer than the target.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEYSTROKES = 300
TARGET = 30.0


class Server:
    """A language server on pipes."""

    def __init__(self, binary):
        command = [str(binary), "server"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, **pipes)

    def send(self, method, params, number=None):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = None
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length is None:
            raise SystemExit("the server has ended")
        return json.loads(self.process.stdout.read(length))

    def until(self, wanted):
        """Returns the first message for which `wanted` holds."""
        while True:
            message = self.receive()
            if wanted(message):
                return message

    def diagnostics(self, uri, version):
        def is_it(message):
            params = message.get("params", {})
            is_for_file = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
            return is_for_file and params.get("version") in (version, None)

        return self.until(is_it)["params"]["diagnostics"]

    def seconds(self):
        """Returns the processor time that the server has taken so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.send("shutdown", None, 2)
        self.until(lambda message: message.get("id") == 2)
        self.send("exit", None)
        self.process.wait()


def measured(binary, path):
    """Returns the lines of the file, the milliseconds until the first diagnostics, how many there are, the
    milliseconds of each keystroke, and those of the processor for one."""
    text = path.read_text(encoding="utf-8")
    # Each place gets an empty line of its own.
    lines = text.split("\n")
    middle = next(at for at in range(len(lines) // 2, len(lines)) if lines[at].startswith(("def ", "async def ", "class ")))
    while middle and lines[middle - 1].strip():
        middle -= 1
    text = "\n".join(["", *lines[:middle], "", *lines[middle:], ""])
    places = (0, middle + 1, text.count("\n"))
    uri = path.as_uri()
    server = Server(binary)
    server.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
    server.until(lambda message: message.get("id") == 1)
    server.send("initialized", {})
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    started = time.perf_counter()
    server.send("textDocument/didOpen", {"textDocument": document})
    found = server.diagnostics(uri, 1)
    opened = (time.perf_counter() - started) * 1e3
    times = []
    before = server.seconds()
    for number in range(KEYSTROKES):
        typed, line = number // len(places), places[number % len(places)]
        at = {"line": line, "character": typed}
        change = {"range": {"start": at, "end": at}, "text": "x" if typed else "#"}
        version = number + 2
        started = time.perf_counter()
        server.send(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
        )
        server.diagnostics(uri, version)
        times.append((time.perf_counter() - started) * 1e3)
    taken = (server.seconds() - before) * 1e3 / KEYSTROKES
    server.end()
    return text.count("\n"), opened, len(found), sorted(times), taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--work", type=Path, default=HERE / ".work", help="where `bench/run` keeps its trees")
    parser.add_argument("--strict", action="store_true", help="exit 1 if the target is missed")
    args = parser.parse_args()
    path = args.file or next((args.work / "one").rglob("*.py"), None)
    if path is None:
        raise SystemExit("give a file, or run bench/run first")
    lines, opened, found, times, taken = measured(args.binary.resolve(), path.resolve())
    place = {share: times[min(len(times) * share // 100, len(times) - 1)] for share in (50, 95)}
    print(f"{lines} lines, {found} diagnostics; {opened:.1f} ms until the first")
    print(
        f"{len(times)} keystrokes: median {place[50]:.1f} ms, 95 of 100 within {place[95]:.1f} ms "
        f"(target: {TARGET:.0f} ms), at most {times[-1]:.1f} ms; {taken:.1f} ms of a processor for each"
    )
    if args.strict and place[95] > TARGET:
        sys.exit(1)


if __name__ == "__main__":
    main()
