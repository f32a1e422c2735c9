#!/usr/bin/env python3
"""Measure how many asyncio calls a default run rewrites in the packages of PyPI.

    shares.py [--work DIR] [--aiolift BINARY] [PACKAGE...]

Downloads the newest wheel of every package (default: those of `shares.txt`), rewrites its Python
files for Python 3.12, and counts the awaited calls of `asyncio.gather` and `asyncio.wait_for`
before and after, with `realworld_census.py`, which does not ask aiolift. Prints a Markdown table
with one row for each package that has such calls, and the shares. Wheels hold few tests, so these
are calls in sources; files of tests are not counted.

Exit code: 0 where every package could be measured, otherwise 1.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
COUNTED = ("gather", "wait_for")
MANIFEST = '[project]\nname = "measured"\nversion = "0"\nrequires-python = ">=3.12"\n'


def unpack(package: str, work: Path) -> Path:
    """Return a folder with the Python files of the newest wheel of a package, freshly unpacked."""
    wheels = work / "wheels" / package
    if not list(wheels.glob("*.whl")):
        wheels.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, "--dest", str(wheels), package], check=True)
    folder = work / "src" / package
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    [wheel] = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if name.endswith(".py")])
    (folder / "pyproject.toml").write_text(MANIFEST)
    return folder


def awaited_calls(folder: Path) -> Counter[str]:
    """Count the awaited calls in the files of a folder that are no tests."""
    census = [sys.executable, str(HERE / "realworld_census.py"), "."]
    answer = subprocess.run(census, cwd=folder, capture_output=True, text=True, check=True)
    calls = json.loads(answer.stdout)["calls"]
    return Counter(
        call["function"]
        for call in calls
        if call["awaited"] and not any(part.startswith("test") for part in Path(call["path"]).parts)
    )


def measure(package: str, work: Path, binary: str) -> tuple[Counter[str], Counter[str]]:
    """Return the awaited calls of a package before and after a default run."""
    folder = unpack(package, work)
    before = awaited_calls(folder)
    run = subprocess.run([binary, "run", "--quiet", "--allow-dirty", str(folder)], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"aiolift ended with {run.returncode}: {run.stderr.strip()[-200:]}")
    return before, awaited_calls(folder)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Measure the share of calls that a default run rewrites.")
    parser.add_argument("package", nargs="*", help="packages of PyPI (default: those of shares.txt)")
    parser.add_argument("--work", type=Path, help="where wheels are kept (default: a temporary folder)")
    parser.add_argument("--aiolift", default=str(ROOT / "target" / "release" / "aiolift"), help="the binary")
    arguments = parser.parse_args()
    packages = arguments.package or (HERE / "shares.txt").read_text().split()
    work = arguments.work or Path(tempfile.mkdtemp(prefix="shares-"))
    totals: dict[str, Counter[str]] = {"before": Counter(), "after": Counter()}
    failed = 0
    measured = 0
    print("| Package | `gather` before | gone | `wait_for` before | gone |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for package in packages:
        try:
            before, after = measure(package, work, arguments.aiolift)
        except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
            print(f"{package}: {error}", file=sys.stderr)
            failed += 1
            continue
        if not before:
            continue
        measured += 1
        totals["before"] += before
        totals["after"] += after
        cells = [f"{before[name]} | {before[name] - after[name]}" for name in COUNTED]
        print(f"| {package} | {' | '.join(cells)} |", flush=True)
    shares = []
    for name in COUNTED:
        there = totals["before"][name]
        gone = there - totals["after"][name]
        shares.append(f"{gone} of {there} awaited `{name}` calls ({gone * 100 // max(there, 1)} %)")
    print(f"\n**{measured} packages: {' and '.join(shares)} are gone.**")
    if not arguments.work:
        shutil.rmtree(work)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
