"""What a Python step costs over LibCST alone: the same codemod over the same files, one process each.

    python bench/steps.py target/release/aiolift

The Python that runs this must have LibCST. Prints the seconds of each and their ratio.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES = 1000

STEP = '''\
import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand


class Rename(VisitorBasedCodemodCommand):
    """Rename `old` to `new`."""

    def leave_Name(self, original_node, updated_node):
        return updated_node.with_changes(value="new") if updated_node.value == "old" else updated_node
'''

PLAIN = """\
import sys
from pathlib import Path
import libcst
from libcst.codemod import CodemodContext
from mystep import Rename

for path in Path(sys.argv[1]).glob("*.py"):
    before = path.read_text(encoding="utf-8")
    after = Rename(CodemodContext(filename=str(path))).transform_module(libcst.parse_module(before)).code
    if after != before:
        path.write_text(after, encoding="utf-8")
"""

PART = '''\
class Order{number}:
    """An order with its lines."""

    def __init__(self, customer: str, lines: list[tuple[str, int]]) -> None:
        self.customer = customer
        self.lines = lines  # as they were entered

    def total(self, prices: dict[str, int], discount: float = 0.0) -> float:
        found = [prices[sku] * count for sku, count in self.lines if sku in prices]
        if not found:
            raise LookupError(f"nothing of {{self.customer}} has a price")
        return sum(found) * (1 - discount) + old({number})


'''


def write(folder: Path) -> None:
    folder.mkdir()
    for number in range(FILES):
        parts = [PART.format(number=part) for part in range(3)]
        text = "def old(number):\n    return number\n\n\n" + "".join(parts)
        (folder / f"module_{number}.py").write_text(text, encoding="utf-8")


def measured(command: list[str], environment: dict[str, str], cwd: Path) -> tuple[float, float]:
    """Seconds of processors and of the clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, env=environment, cwd=cwd, check=True, capture_output=True)
    clock = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def main() -> None:
    program = str(Path(sys.argv[1]).absolute())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    best: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            (root / "mystep.py").write_text(STEP, encoding="utf-8")
            environment = {**os.environ, "PYTHONPATH": name}
            results = {}
            for what, command in {
                "LibCST alone": [sys.executable, "-c", PLAIN, "alone"],
                "aiolift": [
                    program, "run", "--select", "python:mystep:Rename", "--jobs", "1",
                    "--python", sys.executable, "step",
                ],
            }.items():
                write(root / command[-1])
                processors, clock = measured(command, environment, root)
                known = best.setdefault(what, [processors, clock])
                best[what] = [min(known[0], processors), min(known[1], clock)]
                results[what] = {file.name: file.read_text() for file in (root / command[-1]).iterdir() if file.suffix == ".py"}
            assert results["LibCST alone"] == results["aiolift"]
            assert "new(0)" in results["aiolift"]["module_0.py"]
    for what, (processors, clock) in best.items():
        print(f"{what:13} {processors:7.2f} s of processors {clock:7.2f} s of the clock")
    alone, step = best["LibCST alone"], best["aiolift"]
    print(f"ratio         {step[0] / alone[0]:7.3f}                 {step[1] / alone[1]:7.3f}")


if __name__ == "__main__":
    main()
