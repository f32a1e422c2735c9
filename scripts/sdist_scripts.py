#!/usr/bin/env python3
"""Run scripts from PyPI for real, before and after the rewrite, and compare what they do.

    sdist_scripts.py [--work DIR] [--aiolift BINARY] [--diffs DIR] [NAME...]

The scripts are named in `sdist_scripts.toml`, each with the source distribution it comes from, its
checksum, the runs it makes and what the servers that it asks would say. `pip` downloads the
distributions. Each script is rewritten alone, as a program in one file, and then both versions run
in a tree of their own, under `-W error::RuntimeWarning`, which reports coroutines that nobody awaits.

No script is edited to find its server: `HTTP_PROXY` and `HTTPS_PROXY` point to a server on this
machine that answers for every host, with a certificate of an authority that is made for the run and
that `REQUESTS_CA_BUNDLE` and `SSL_CERT_FILE` name. Nothing goes out.

Compared are the output, the exit code, the files that are there afterwards, and the requests that
arrive: method, URL, body, and every header but those that say which library asks. The Markdown table
on stdout has one row for each script. `--diffs` keeps the diffs.

Exit code: 0 where every script changes and does the same, otherwise 1.
"""

from __future__ import annotations

import argparse
import hashlib
import http.server
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import tomllib
import urllib.parse
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HTTP = ["requests==2.34.2", "httpx==0.28.1", "trustme==1.2.1"]
# What says which library asks, or how its connection works, and no more.
OF_THE_LIBRARY = {"host", "connection", "proxy-connection", "accept-encoding", "content-length"}
LIBRARIES = ("python-requests/", "python-httpx/")
LIMIT = 60


class Failure(Exception):
    """A script that could not be judged; the text says why."""


class Answers:
    """What the servers of one run say, and what they were asked."""

    def __init__(self) -> None:
        self.rules: list[dict] = []
        self.asked: list[tuple] = []

    def find(self, url: str) -> dict:
        """Return the first answer whose URL an asked one starts with; nothing is a 404."""
        fitting = (rule for rule in self.rules if url.startswith(rule["url"]))
        return next(fitting, {"status": 404, "text": "not found"})


class Handler(http.server.BaseHTTPRequestHandler):
    """A proxy that gives the answers itself."""

    protocol_version = "HTTP/1.1"
    answers: Answers
    context: ssl.SSLContext
    origin = ""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_CONNECT(self) -> None:
        """Become the server that the tunnel leads to."""
        self.origin = f"https://{self.path.removesuffix(':443')}"
        self.send_response(200, "Connection established")
        self.end_headers()
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self) -> None:
        """Answer a request of any method."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = self.origin + self.path
        self.answers.asked.append((self.command, url, readable(body), self.own_headers()))
        rule = self.answers.find(url)
        content = content_of(rule)
        self.send_response(rule.get("status", 200))
        self.send_header("Content-Length", str(len(content)))
        for name, value in {"Content-Type": "text/plain; charset=utf-8", **rule.get("headers", {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def own_headers(self) -> list[tuple[str, str]]:
        """Return the headers that the script is responsible for."""
        return sorted(
            (name.lower(), value)
            for name, value in self.headers.items()
            if name.lower() not in OF_THE_LIBRARY and not value.startswith(LIBRARIES)
        )


def readable(body: bytes) -> object:
    """Return JSON as its value, which may be written with or without blanks, and the rest as it is."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("latin-1")


def content_of(rule: dict) -> bytes:
    """Return the body of an answer."""
    if "json" in rule:
        return json.dumps(rule["json"]).encode()
    if "zip" in rule:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in rule["zip"].items():
                archive.writestr(zipfile.ZipInfo(name), text)
        return buffer.getvalue()
    if "bytes" in rule:
        return bytes(range(256)) * (rule["bytes"] // 256)
    return rule.get("text", "").encode()


def unpack(script: dict, work: Path) -> Path:
    """Return a folder with the freshly unpacked source distribution of a script."""
    store = work / "sdists" / script["sdist"].replace("==", "-")
    if not list(store.glob("*.tar.gz")):
        store.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
        subprocess.run([*pip, "--dest", str(store), script["sdist"]], check=True)
    folder = work / "trees" / script["name"]
    shutil.rmtree(folder, ignore_errors=True)
    [archive] = store.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    [tree] = folder.iterdir()
    found = hashlib.sha256((tree / script["path"]).read_bytes()).hexdigest()
    if found != script["sha256"]:
        raise Failure(f"{script['path']} has the checksum {found}")
    return tree


def environment(work: Path, scripts: list[dict]) -> Path:
    """Return the Python of an environment with everything that the scripts import."""
    folder = work / "environment"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    needed = sorted({one for script in scripts for one in script.get("requires", [])})
    subprocess.run([python, "-m", "pip", "install", "--quiet", *HTTP, *needed], check=True)
    return python


def certificates(python: Path, work: Path, hosts: list[str]) -> Path:
    """Make an authority and a certificate of it for all hosts; return the folder with both."""
    folder = work / "certificates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make = (
        "import sys, trustme\n"
        "authority = trustme.CA()\n"
        "authority.cert_pem.write_to_path('authority.pem')\n"
        "authority.issue_cert(*sys.argv[1:]).private_key_and_cert_chain_pem.write_to_path('server.pem')\n"
    )
    subprocess.run([python, "-c", make, *hosts], cwd=folder, check=True)
    return folder


def files(tree: Path, but: Path) -> dict[str, str]:
    """Return the files of a tree with what is in them, without the script itself."""
    found = {}
    for path in sorted(tree.rglob("*")):
        if path.is_file() and path != but and "__pycache__" not in path.parts:
            found[str(path.relative_to(tree))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class Bench:
    """Where scripts are rewritten and run."""

    def __init__(self, work: Path, binary: str, scripts: list[dict]) -> None:
        self.work = work
        self.binary = binary
        self.python = environment(work, scripts)
        urls = [rule["url"] for script in scripts for rule in all_answers(script)]
        hosts = sorted({urllib.parse.urlsplit(url).hostname or "" for url in urls})
        self.certificates = certificates(self.python, work, hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates / "server.pem")
        self.answers = Answers()
        handler = type("Bound", (Handler,), {"answers": self.answers, "context": context})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def rewrite(self, script: dict, source: str) -> tuple[str, str, int]:
        """Return the script after the rewrite, the diff, and the number of functions that became async."""
        with tempfile.TemporaryDirectory(prefix="lone-") as folder:
            lone = Path(folder) / Path(script["path"]).name
            lone.write_text(source)
            options = ["--http-package", "httpx", "--target-version", "py312", *script.get("options", [])]
            diff = subprocess.run([self.binary, "diff", *options, str(lone)], capture_output=True, text=True)
            run = [self.binary, "run", "--quiet", "--allow-dirty", *options, str(lone)]
            done = subprocess.run(run, capture_output=True, text=True)
            if done.returncode not in (0, 1):
                raise Failure(f"aiolift ended with {done.returncode}: {done.stderr.strip()[-200:]}")
            after = lone.read_text()
        functions = after.count("async def ") - source.count("async def ")
        return after, diff.stdout.replace(folder, ""), functions

    def run(self, tree: Path, script: dict, run: dict) -> dict:
        """Return everything that can be seen of one run of a script in its tree."""
        path = tree / script["path"]
        self.answers.rules = run.get("answers", []) + script.get("answers", [])
        self.answers.asked = []
        address = f"http://127.0.0.1:{self.server.server_port}"
        authority = str(self.certificates / "authority.pem")
        extra = {name: address for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
        extra |= {"REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority, "PYTHONHASHSEED": "0"}
        extra |= {"PATH": os.environ["PATH"], "HOME": str(tree), "LANG": "C.UTF-8", "COLUMNS": "80"}
        command = [str(self.python), "-W", "error::RuntimeWarning", str(path), *run.get("arguments", [])]
        try:
            done = subprocess.run(
                command,
                cwd=tree / run.get("in", "."),
                env=extra | run.get("environment", {}),
                input=run.get("input", ""),
                capture_output=True,
                text=True,
                timeout=LIMIT,
            )
        except subprocess.TimeoutExpired as error:
            raise Failure(f"it does not end within {LIMIT} seconds") from error
        return {
            "exit code": done.returncode,
            "output": done.stdout.replace(str(tree), "TREE"),
            "unawaited coroutines": "RuntimeWarning" in done.stderr,
            "requests": self.answers.asked,
            "files": files(tree, path),
            "errors": done.stderr,
        }

    def judge(self, script: dict, diffs: Path | None) -> str:
        """Run one script before and after; return its row."""
        before = unpack(script, self.work)
        source = (before / script["path"]).read_text()
        after_text, diff, functions = self.rewrite(script, source)
        if after_text == source:
            raise Failure("it is not changed")
        if diffs:
            diffs.mkdir(parents=True, exist_ok=True)
            (diffs / f"{script['name']}.diff").write_text(diff)
        asked = 0
        for number, run in enumerate(script["runs"], 1):
            seen = []
            for text in (source, after_text):
                tree = self.work / "run"
                shutil.rmtree(tree, ignore_errors=True)
                shutil.copytree(before, tree)
                (tree / script["path"]).write_text(text)
                for name, content in run.get("files", {}).items():
                    (tree / name).parent.mkdir(parents=True, exist_ok=True)
                    (tree / name).write_text(content)
                seen.append(self.run(tree, script, run))
            self.compare(number, run, *seen)
            asked += len(seen[0]["requests"])
        codes = ", ".join(str(run.get("code", 0)) for run in script["runs"])
        options = " ".join(f"`{option}`" for option in script.get("options", [])) or "–"
        return (
            f"| `{script['path']}` | {script['sdist']} | {options} | {functions} "
            f"| {len(script['runs'])} ({codes}) | {asked} | yes |"
        )

    def compare(self, number: int, run: dict, before: dict, after: dict) -> None:
        """Refuse two runs that differ, or that are not what the file of scripts says."""
        errors = f"\n{before['errors'][-800:]}\n---\n{after['errors'][-800:]}"
        if before["exit code"] != run.get("code", 0):
            raise Failure(f"run {number} ends with {before['exit code']} as it is{errors}")
        if after["unawaited coroutines"]:
            raise Failure(f"run {number} leaves a coroutine that nobody awaits{errors}")
        for what in ("exit code", "output", "requests", "files"):
            if before[what] != after[what]:
                raise Failure(f"run {number} differs in its {what}: {before[what]!r}, {after[what]!r}{errors}")


def all_answers(script: dict) -> list[dict]:
    """Return every answer that some run of a script may get."""
    return script.get("answers", []) + [rule for run in script["runs"] for rule in run.get("answers", [])]


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Run scripts from PyPI before and after the rewrite.")
    parser.add_argument("name", nargs="*", help="scripts of sdist_scripts.toml (default: all)")
    parser.add_argument("--work", type=Path, help="where downloads are kept (default: a temporary folder)")
    parser.add_argument("--aiolift", default=str(ROOT / "target" / "release" / "aiolift"), help="the binary")
    parser.add_argument("--diffs", type=Path, help="a folder for the diffs")
    arguments = parser.parse_args()
    scripts = tomllib.loads((HERE / "sdist_scripts.toml").read_text())["script"]
    chosen = [one for one in scripts if not arguments.name or one["name"] in arguments.name]
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="sdist-scripts-"))).resolve()
    bench = Bench(work, arguments.aiolift, chosen)
    failed = 0
    print("| Script | Source distribution | Options | New coroutine functions | Runs (exit codes) | Requests | Same |")
    print("| --- | --- | --- | ---: | --- | ---: | --- |")
    for script in chosen:
        try:
            print(bench.judge(script, arguments.diffs), flush=True)
        except (Failure, OSError, ValueError, subprocess.CalledProcessError) as error:
            print(f"{script['name']}: {error}", file=sys.stderr)
            failed += 1
    distributions = {one["sdist"] for one in chosen}
    print(f"\n**{len(chosen) - failed} of {len(chosen)} scripts of {len(distributions)} source distributions do the same.**")
    if not arguments.work:
        shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
