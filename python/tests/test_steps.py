"""Steps in Python: through the plain binary, the functions and the tests of users."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiolift
import pytest
from aiolift import testing, worker
from conftest import REPOSITORY, interpreters

STEP = '''\
import os, sys, time
import libcst as cst
from libcst.codemod import SkipFile, VisitorBasedCodemodCommand


class Rename(VisitorBasedCodemodCommand):
    """Rename `old` to `new`."""

    mentions = ["old"]

    def leave_Name(self, original_node, updated_node):
        print("a step may print")
        return updated_node.with_changes(value="new") if updated_node.value == "old" else updated_node


class Plain(cst.CSTTransformer):
    grade = "unsafe"

    def __init__(self, word="old"):
        super().__init__()
        self.word = word

    def leave_Name(self, original_node, updated_node):
        return updated_node.with_changes(value="new") if updated_node.value == self.word else updated_node


class Scoped(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (cst.metadata.ScopeProvider, cst.metadata.PositionProvider)

    def leave_Name(self, original_node, updated_node):
        scope = self.get_metadata(cst.metadata.ScopeProvider, original_node, None)
        inner = isinstance(scope, cst.metadata.FunctionScope)
        return updated_node.with_changes(value="new") if inner and updated_node.value == "old" else updated_node


class Typed(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (cst.metadata.TypeInferenceProvider,)


class Mischief(VisitorBasedCodemodCommand):
    def transform_module_impl(self, tree):
        text = tree.code
        if "crash" in text:
            os._exit(7)
        if "hang" in text:
            time.sleep(600)
        if "raise" in text:
            raise ValueError("no such luck")
        if "nonsense" in text:
            for handle in range(3, 20):
                try:
                    os.write(handle, b"what?\\n")
                except OSError:
                    pass
        if "return" in text:
            return tree.with_changes(body=[cst.parse_statement("return 1")])
        if "unbound" in text:
            return tree.with_changes(body=[*tree.body, cst.parse_statement("never_bound()")])
        if "skip" in text:
            raise SkipFile("it is not for me")
        return tree.with_changes(body=[*tree.body, cst.parse_statement("x = 1")])


NOT_A_STEP = 3
'''

GATHER = """\
import asyncio


async def one() -> int:
    return 1


async def main():
    a, b = await asyncio.gather(one(), one())
    return a + old(b)


def old(b):
    return b
"""


@pytest.fixture(autouse=True)
def without_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin of pytest-lsp takes every test for a function."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest-lsp")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "tools").mkdir(parents=True)
    (root / "tools" / "steps.py").write_text(STEP, encoding="utf-8")
    (root / "pyproject.toml").write_text("[project]\nrequires-python = '>=3.12'\n", encoding="utf-8")
    return root


@pytest.fixture
def run(binary: Path, project: Path):
    def run(*arguments: str, python: str = sys.executable, **options) -> "subprocess.CompletedProcess[str]":
        named = ["--python", python] if python else []
        command = [str(binary), arguments[0], *named, *arguments[1:]]
        return subprocess.run(
            command, cwd=project, capture_output=True, text=True, check=False, timeout=120, **options
        )

    return run


def configure(project: Path, text: str) -> None:
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[tool.aiolift]\n{text}")


def only(name: str) -> list[str]:
    return ["--select", f"python:tools.steps:{name}", "--exclude", "tools"]


def test_a_step_has_its_place_in_the_order(run, project: Path) -> None:
    (project / "a.py").write_text(GATHER, encoding="utf-8")
    configure(
        project,
        'pipeline = ["python:tools.steps:Rename", "gather-to-taskgroup"]\nexclude = ["tools"]\n',
    )
    done = run("run", "--allow-python-steps")
    assert done.returncode == 0, done.stderr
    after = (project / "a.py").read_text(encoding="utf-8")
    assert "    return a + new(b)\n" in after
    assert "async with asyncio.TaskGroup() as " in after
    again = run("diff", "--allow-python-steps")
    assert (again.returncode, again.stdout) == (0, "")
    undone = subprocess.run(
        [os.environ["AIOLIFT_BINARY"], "undo"], cwd=project, capture_output=True, check=False
    )
    assert undone.returncode == 0
    assert (project / "a.py").read_text(encoding="utf-8") == GATHER


def test_every_outcome_is_in_the_report(run, project: Path) -> None:
    (project / "a.py").write_text("old = 1\n\n\nprint(old)\n", encoding="utf-8")
    (project / "b.py").write_text("# older things\nx = 1\n", encoding="utf-8")
    name = "python:tools.steps:Rename"
    done = run("check", *only("Rename"))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"a.py:1:1: {name} changed (safe)", f"a.py:4:1: {name} changed (safe)"]
    assert "2 sites found in 3 files" in done.stderr or "2 sites found in 2 files" in done.stderr
    document = json.loads(run("check", "--output-format", "json", *only("Rename")).stdout)
    assert [site["transform"] for site in document["sites"]] == [name, name]
    diff = run("diff", *only("Rename")).stdout
    assert f"@@ -1,4 +1,4 @@ {name} (safe)\n-old = 1\n+new = 1\n" in diff


def test_a_comment_keeps_a_file_from_a_step(run, project: Path) -> None:
    name = "python:tools.steps:Rename"
    (project / "a.py").write_text(f"old = 1\nprint(old)  # aiolift: keep[{name}]\n", encoding="utf-8")
    done = run("check", *only("Rename"))
    assert done.returncode == 0
    assert done.stdout.startswith(f"a.py:1:1: {name} kept kept-by-comment: ")
    assert "keeps nothing" not in done.stderr


def test_transformers_arguments_and_grades(run, project: Path) -> None:
    (project / "a.py").write_text("old = 1\n\ndef f(old, other):\n    return old, other\n", encoding="utf-8")
    configure(
        project,
        "[[tool.aiolift.step]]\nname = 'python:tools.steps:Plain'\narguments = { word = 'other' }\n",
    )
    assert run("diff", *only("Plain")).stdout == ""
    diff = run("diff", "--unsafe", *only("Plain"))
    assert "+def f(old, new):\n+    return old, new\n" in diff.stdout, diff.stderr
    scoped = run("diff", *only("Scoped")).stdout
    assert "+    return new, other\n" in scoped
    assert "-old = 1" not in scoped


def test_mentions_decide_which_files_are_read(run, project: Path) -> None:
    (project / "a.py").write_text("raise ValueError\n", encoding="utf-8")
    # It would fail if it were read.
    quiet = "[[tool.aiolift.step]]\nname = 'python:tools.steps:Mischief'\nmentions = ['wanted']\n"
    assert run("check", *only("Mischief")).returncode == 1
    configure(project, quiet)
    done = run("check", *only("Mischief"))
    assert (done.returncode, done.stdout) == (0, "")
    (project / "a.py").write_text("raise ValueError  # wanted\n", encoding="utf-8")
    assert "no such luck" in run("check", *only("Mischief")).stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crash = 1", "has ended its worker process (exit status: 7)"),
        ("hang = 1", "has not answered for 8 seconds and was stopped"),
        ("raise ValueError()", "has raised ValueError: no such luck ("),
        ("nonsense = 1", "has given an answer that is none ("),
        ("'return'", "has made a file that is not valid Python: 'return' outside function (line 1)"),
        ("unbound = 1", "the result reads `never_bound`, which nothing binds"),
    ],
)
def test_a_failure_fails_that_file_only(run, project: Path, text: str, message: str) -> None:
    timeout = "timeout = 8\n" if text.startswith("hang") else ""
    configure(
        project, f"jobs = 1\n[[tool.aiolift.step]]\nname = 'python:tools.steps:Mischief'\n{timeout}"
    )
    (project / "a.py").write_text("first = 1\n", encoding="utf-8")
    (project / "b.py").write_text(text + "\n", encoding="utf-8")
    (project / "c.py").write_text("last = 1\n", encoding="utf-8")
    done = run("run", *only("Mischief"))
    assert done.returncode == 1
    failures = [line for line in done.stderr.splitlines() if line.startswith("b.py")]
    assert len(failures) == 1, done.stderr
    assert message in failures[0]
    assert "The step `python:tools.steps:Mischief`: " in failures[0]
    assert "mistake of aiolift" not in done.stderr
    texts = [(project / name).read_text(encoding="utf-8") for name in ("a.py", "b.py", "c.py")]
    assert texts == ["first = 1\nx = 1\n", text + "\n", "last = 1\nx = 1\n"]


def test_a_skipped_file_says_why(run, project: Path) -> None:
    (project / "a.py").write_text("skip = 1\n", encoding="utf-8")
    done = run("check", *only("Mischief"))
    assert done.returncode == 0
    assert done.stdout == (
        "a.py:1:1: python:tools.steps:Mischief kept skipped-by-step: "
        "The step skips this file: it is not for me\n"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("python:tools.steps:Nothing", "the module `tools.steps` has no `Nothing`"),
        ("python:tools.other:Rename", "there is no module `tools.other`, neither installed nor in the project"),
        ("python:tools.steps:NOT_A_STEP", "it is no class of `libcst.codemod.Codemod`"),
        ("python:tools.steps:Typed", "it needs `TypeInferenceProvider`, which is metadata of the whole project"),
        ("python:tools.steps", "names no step; write `python:package.module:ClassName`"),
    ],
)
def test_what_cannot_be_used_says_why(run, name: str, message: str) -> None:
    done = run("check", "--select", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_strangers_project_executes_nothing(run, project: Path, tmp_path: Path) -> None:
    proof = tmp_path / "executed"
    trap = f"open({str(proof)!r}, 'w').close()\n"
    (project / "tools" / "steps.py").write_text(trap + STEP, encoding="utf-8")
    for module in ("libcst", "json", "sitecustomize", "usercustomize", "encodings", "aiolift"):
        (project / f"{module}.py").write_text(trap, encoding="utf-8")
    fake = project / ".venv" / "bin" / "python"
    fake.parent.mkdir(parents=True)
    fake.write_text(f"#!/bin/sh\ntouch {proof}\n", encoding="utf-8")
    fake.chmod(0o755)
    (project / "conftest.py").write_text(trap, encoding="utf-8")
    (project / "a.py").write_text("old = 1\n", encoding="utf-8")
    configure(project, 'pipeline = ["python:tools.steps:Rename", "gather-to-taskgroup"]\n')
    for verb in ("check", "diff", "run", "plan"):
        done = run(verb)
        assert done.returncode == 2
        assert "asks for the step `python:tools.steps:Rename`, which runs code of this project" in done.stderr
    assert run("explain", "a.py:1", python="").returncode == 0
    left_out = run("check", "--skip", "python:tools.steps:Rename")
    assert left_out.returncode in (0, 1)
    # A step of the user's own, which is installed, does not import from where the user stands.
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "mine.py").write_text(STEP, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = run("diff", "--select", "python:mine:Rename", "--", "a.py", env=environment)
    assert "+new = 1" in done.stdout, done.stderr
    with pytest.raises(aiolift.ConfigError, match="--allow-python-steps"):
        aiolift.check(project)
    assert not proof.exists()
    # With consent it does what was asked for.
    done = run("diff", "--allow-python-steps", "a.py")
    assert "+new = 1" in done.stdout, done.stderr
    assert proof.exists()


@pytest.mark.parametrize("interpreter", interpreters(), ids=str)
def test_no_python_imports_from_where_the_user_stands(
    binary: Path, interpreter: Path, tmp_path: Path
) -> None:
    """Not even what the worker itself imports, before it can say anything."""
    proof = tmp_path / "executed"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.py").write_text("old = 1\n", encoding="utf-8")
    worker_file = Path(worker.__file__).read_text(encoding="utf-8")
    imported = {line.split()[1].partition(".")[0] for line in worker_file.splitlines() if line.startswith(("import ", "from "))}
    assert {"__future__", "json"} <= imported
    for module in [*imported, "libcst"]:
        (folder / f"{module}.py").write_text(f"open({str(proof)!r}, 'w').close()\n", encoding="utf-8")
    done = subprocess.run(
        [binary, "diff", "--python", interpreter, "--select", "python:nowhere.at_all:Step", "a.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )
    assert "there is no module `nowhere`" in done.stderr
    assert not proof.exists()


def test_the_python_of_the_environment_is_found(run, project: Path) -> None:
    (project / "a.py").write_text("old = 1\n", encoding="utf-8")
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    done = run("diff", *only("Rename"), python="", env=environment)
    assert "+new = 1" in done.stdout, done.stderr
    named = run("diff", *only("Rename"), python=sys.prefix)
    assert named.stdout == done.stdout
    nothing = run("diff", *only("Rename"), python="no-such-python")
    assert (nothing.returncode, nothing.stderr) == (2, "aiolift: there is no Python `no-such-python`.\n")
    os.symlink(sys.prefix, project / ".venv")
    trusted = run("diff", "--allow-python-steps", *only("Rename"), python="")
    assert trusted.stdout == done.stdout


def test_layout_and_encoding_survive(run, project: Path) -> None:
    text = "# -*- coding: latin-1 -*-\r\nname = 'caf\xe9'  \r\nold=1\r\n\x0c\r\nprint( old )"
    (project / "a.py").write_bytes(text.encode("latin-1"))
    assert run("run", *only("Rename")).returncode == 0
    after = text.replace("old=1", "new=1").replace("( old )", "( new )")
    assert (project / "a.py").read_bytes() == after.encode("latin-1")


def test_the_functions_run_steps(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    result = aiolift.rewrite("old = 1\n", filename="a.py", select=["python:tools.steps:Rename"])
    assert result.source == "new = 1\n"
    assert [site.transform for site in result.changes] == ["python:tools.steps:Rename"]
    many = aiolift.rewrite_many(
        [(f"m{number}.py", f"old = {number}\n") for number in range(50)],
        select=["python:tools.steps:Rename"],
    )
    assert [one.source for one in many] == [f"new = {number}\n" for number in range(50)]


def test_assert_step(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    name = "python:tools.steps:Rename"
    testing.assert_step(name, "old = 1\n", "new = 1\n")
    testing.assert_step(name, "young = 1\n")
    testing.assert_step(
        name,
        """
        def f(old):
            return old
        """,
        """
        def f(new):
            return new
        """,
    )
    with pytest.raises(AssertionError, match=r"\+new = 1"):
        testing.assert_step(name, "old = 1\n")
    with pytest.raises(AssertionError, match="changes its own result"):
        testing.assert_step("tools.steps:Mischief", "a = 1\n", "a = 1\nx = 1\n")
    testing.assert_step("tools.steps:Mischief", "a = 1\n", "a = 1\nx = 1\n", idempotent=False)
    with pytest.raises(AssertionError, match="`never_bound`, which nothing binds"):
        testing.assert_step("tools.steps:Mischief", "unbound = 1\n", "unbound = 1\nnever_bound()\n")
    plain = testing.load_step("tools.steps:Plain")
    testing.assert_step(plain, "some = 1\n", "new = 1\n", arguments={"word": "some"})
    monkeypatch.setattr(plain, "mentions", ["other"], raising=False)
    with pytest.raises(AssertionError, match="the step would not see it"):
        testing.assert_step(plain, "old = 1\n", "new = 1\n")
    with pytest.raises(aiolift.AioliftError, match="TypeInferenceProvider"):
        testing.assert_step("tools.steps:Typed", "")


def test_new_step_can_be_tested_and_run(binary: Path, project: Path) -> None:
    made = subprocess.run([binary, "new-step", "rename-client"], cwd=project, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert "pytest steps/rename_client.step.md" in made.stderr
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "steps/rename_client.step.md"],
        cwd=project, capture_output=True, text=True, check=False,
    )
    assert tests.returncode == 0, tests.stdout
    assert "2 passed" in tests.stdout
    (project / "a.py").write_text("from x import new_name, old_name\nprint(old_name())\n", encoding="utf-8")
    name = "python:steps.rename_client:RenameClient"
    done = subprocess.run(
        [binary, "diff", "--select", name, "--python", sys.executable, "a.py"],
        cwd=project, capture_output=True, text=True, check=False,
    )
    assert "+print(new_name())" in done.stdout, done.stderr
    again = subprocess.run([binary, "new-step", "rename_client"], cwd=project, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "it is there already" in again.stderr
    wrong = subprocess.run([binary, "new-step", "2fast"], cwd=project, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert not (project / "steps" / "2fast.py").exists()


def test_a_new_step_needs_no_project(binary: Path, tmp_path: Path) -> None:
    subprocess.run([binary, "new-step", "rename_client"], cwd=tmp_path, capture_output=True, check=True)
    for folder, page in [(".", "steps/rename_client.step.md"), ("steps", "rename_client.step.md"), (".", ".")]:
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", page],
            cwd=tmp_path / folder, capture_output=True, text=True, check=False,
        )
        assert "2 passed" in tests.stdout, tests.stdout


def test_pages_fail_as_tests_do(project: Path) -> None:
    page = project / "names.step.md"
    page.write_text(
        "# Names\n\nStep: `python:tools.steps:Rename`\n\n### Wrong\n\n"
        "```python before\nold = 1\n```\n```python after\nold = 2\n```\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(page)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "-old = 2" in done.stdout
    assert "+new = 1" in done.stdout
    assert "Traceback" not in done.stdout
    page.write_text("# Names\n\nStep: `python:tools.steps:Rename`\n", encoding="utf-8")
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no example" in done.stdout


def test_the_example(binary: Path, tmp_path: Path) -> None:
    root = tmp_path / "custom_step"
    shutil.copytree(REPOSITORY / "examples" / "custom_step", root)
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=root, capture_output=True, text=True, check=False
    )
    assert tests.returncode == 0, tests.stdout
    refused = subprocess.run([binary, "diff"], cwd=root, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    done = subprocess.run(
        [binary, "diff", "--allow-python-steps", "--python", sys.executable, "shop"],
        cwd=root, capture_output=True, text=True, check=False,
    )
    expected = REPOSITORY / "examples" / "custom_step.diff"
    if os.environ.get("UPDATE"):
        expected.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == expected.read_text(encoding="utf-8"), done.stderr
    assert "names are imported from `aioredis`" in subprocess.run(
        [binary, "check", "--allow-python-steps", "--python", sys.executable, "shop"],
        cwd=root, capture_output=True, text=True, check=False,
    ).stdout


def test_the_worker_is_a_program_of_its_own(project: Path) -> None:
    """The protocol, as docs/steps.md has it."""
    lines = [
        {"protocol": 1, "step": "tools.steps:Rename", "arguments": {}, "project": str(project), "trusts_project": False},
        {"path": "a.py", "source": "old = 1\n"},
        {"path": "b.py", "source": "x = 1\n"},
        {"path": "c.py", "source": "x = (\n"},
    ]
    done = subprocess.run(
        [sys.executable, worker.__file__],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True, text=True, check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == {"mentions": ["old"], "grade": None, "summary": "Rename `old` to `new`."}
    assert answers[1:3] == [{"outcome": "changed", "source": "new = 1\n"}, {"outcome": "unchanged"}]
    assert answers[3]["outcome"] == "failed"
    assert answers[3]["message"].startswith("cannot read the file, since LibCST cannot: ")
    assert "a step may print" in done.stderr
