"""The tools that are compared, and how each is started."""

import os
import subprocess
import sys
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent


class Tools:
    """Where the programs are, and which versions they say they have."""

    def __init__(self, aiolift, venv):
        self.aiolift = aiolift
        self.ruff = venv / "bin" / "ruff"
        self.ast_grep = venv / "bin" / "ast-grep"
        self.python = venv / "bin" / "python"

    def versions(self):
        libcst = "import libcst; print('libcst', libcst.LIBCST_VERSION)"
        commands = {
            "aiolift": [self.aiolift, "--version"],
            "ruff": [self.ruff, "--version"],
            "ast-grep": [self.ast_grep, "--version"],
            "libcst": [self.python, "-c", libcst],
        }
        return {name: subprocess.check_output(command, text=True).strip() for name, command in commands.items()}


def install(work):
    """Puts the other tools, at pinned versions, into an environment of their own."""
    venv = work / "venv"
    wanted = (HERE / "requirements.txt").read_text()
    stamp = venv / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing ruff, ast-grep and libcst", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return venv


class Contender:
    """One command on one tree."""

    most_runs = None
    note = ""
    accepted = (0,)

    def __init__(self, name, command):
        self.name, self.command = name, command

    def warm_up(self):
        self.run()

    def run(self):
        return measure.run(self.command, self.accepted)


class LibCst(Contender):
    """LibCST's own command-line tool with a small codemod, on a sample where the tree is large."""

    # 1 says that a file could not be read by the codemod; its time counts all the same.
    accepted = (0, 1)

    def __init__(self, tools, tree, size, runs):
        files, taken = tree.sample(size)
        options = ["--external", "--no-format", "--unified-diff", "--hide-progress"]
        command = [tools.python, "-m", "libcst.tool", "codemod", *options, "codemods.wait_for.WaitForToTimeout"]
        super().__init__("LibCST", command + files)
        self.most_runs = runs
        self.factor = tree.bytes / taken
        self.note = f"{len(files)} files, × {self.factor:.1f} by bytes" if self.factor > 1 else ""
        self.env = dict(os.environ, PYTHONPATH=str(HERE))
        self.nothing = [*command, HERE / "codemods" / "__init__.py"]

    def warm_up(self):
        """Measures the start alone, which must not be multiplied."""
        self.start = measure.run(self.nothing, self.accepted, self.env)

    def run(self):
        return measure.run(self.command, self.accepted, self.env).extrapolated(self.start, self.factor)


def aiolift(tools, tree, name="aiolift"):
    """The main job: everything `run` would do, up to the diff, without writing."""
    contender = Contender(name, [tools.aiolift, "diff", tree.path])
    # 1 says that something would change, or that a file could not be parsed.
    contender.accepted = (0, 1)
    return contender


def aiolift_scan(tools, tree):
    """The floor: find the files, read them, search them for the words of the transforms."""
    return Contender("aiolift, scan only", [tools.aiolift, "check", "--stage", "scan", tree.path])


def aiolift_plan(tools, tree):
    """Who would have to become asynchronous together: questions about callers over the whole tree."""
    return Contender("aiolift plan", [tools.aiolift, "plan", tree.path])


def ruff(tools, tree, name="ruff"):
    options = ["--select", "ASYNC,RUF006", "--no-cache", "--exit-zero"]
    return Contender(name, [tools.ruff, "check", *options, tree.path])


def ast_grep(tools, tree):
    return Contender("ast-grep", [tools.ast_grep, "scan", "--rule", HERE / "ast_grep.yml", tree.path])

