"""The command that pip installs does what the Rust binary does, byte for byte."""

import os
import re
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from conftest import REPOSITORY

CASES = sorted((REPOSITORY / "tests" / "cli").glob("*.toml"))
# How a program is interrupted from outside, what that takes when it starts, what it ends with.
if os.name == "nt":
    INTERRUPT = (signal.CTRL_BREAK_EVENT, {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}, 0xC000013A)
else:
    INTERRUPT = (signal.SIGINT, {}, -signal.SIGINT)
SECONDS = re.compile(rb'\(\d+\.\d+ s\)|"seconds": [\d.]+')


def contents(root: Path) -> dict[str, bytes]:
    """Every file but those of git and the journal, whose names have a time in them."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", ".aiolift"}]
        for name in files:
            path = Path(folder, name)
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


def write(root: Path, name: str, content: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def play(case: dict, root: Path, command: list[str]) -> list[object]:
    """Do what a case says with one of the programs; the answer is everything that can be seen."""
    for name, text in case.get("files", {}).items():
        write(root, name, text.encode())
    for name, text in case.get("bytes", {}).items():
        write(root, name, text.encode("latin-1"))
    if case.get("git"):
        git(root, "init", "--quiet")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "before")
    seen: list[object] = []
    for run in case["run"]:
        for name, text in run.get("write", {}).items():
            write(root, name, text.encode())
        done = subprocess.run(
            [*command, *run["args"]],
            cwd=root,
            input=run.get("stdin", "").encode(),
            env={**os.environ, **run.get("env", {})},
            capture_output=True,
            check=False,
        )
        streams = [SECONDS.sub(b"(time)", stream) for stream in (done.stdout, done.stderr)]
        seen.append((run["args"], done.returncode, *streams, contents(root)))
    return seen


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_both_programs_do_the_same(path: Path, binary: Path, console: Path, tmp_path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    seen = []
    for program in (binary, console):
        # The same folder, since messages may name it.
        root = tmp_path / "project"
        root.mkdir()
        seen.append(play(case, root, [str(program)]))
        shutil.rmtree(root)
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "arguments",
    [[], ["--help"], ["run", "--help"], ["list"], ["--version"], ["explain", "asyncify"], ["runn"]],
    ids=" ".join,
)
def test_help_is_the_same(
    arguments: list[str], binary: Path, console: Path, programs: Path, tmp_path: Path
) -> None:
    commands = [[binary], [console], [programs / "python", "-m", "aiolift"]]
    seen = []
    for command in commands:
        done = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, check=False)
        seen.append((done.returncode, done.stdout, done.stderr))
    assert seen[0] == seen[1] == seen[2]


def test_an_argument_that_is_no_text(binary: Path, console: Path, tmp_path: Path) -> None:
    name = b"caf\xe9.py"
    (tmp_path / os.fsdecode(name)).write_text("import asyncio\n", encoding="utf-8")
    seen = []
    for program in (binary, console):
        command = [os.fsencode(program), b"check", name, b"missing-\xff.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        seen.append((done.returncode, done.stdout, done.stderr))
    assert seen[0] == seen[1]
    assert seen[0][0] == 2


def test_a_closed_pipe_ends_quietly(binary: Path, console: Path, tmp_path: Path) -> None:
    for program in (binary, console):
        process = subprocess.Popen(
            [program, "explain", "asyncify"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == b""
        process.stderr.close()


def test_ctrl_c_ends_it_at_once(binary: Path, console: Path, tmp_path: Path) -> None:
    interrupt, options, code = INTERRUPT
    for program in (binary, console):
        # It waits in Rust for the end of its input, which does not come.
        process = subprocess.Popen(
            [program, "diff", "-"],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        time.sleep(1)
        process.send_signal(interrupt)
        stdout, stderr = process.communicate(timeout=10)
        assert (process.returncode, stdout, stderr) == (code, b"", b"")
