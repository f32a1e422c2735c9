"""What the documentation of the package shows, pasted and run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

FENCE = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def snippets(page: str) -> list[tuple[str, str]]:
    """The code on a page: the language and the text of each block."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    return [(match[2], match[3]) for match in FENCE.finditer(text)]


@pytest.fixture(autouse=True)
def without_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin of pytest-lsp takes every test for a function."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest-lsp")


def test_the_page_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "import asyncio\n\n\nasync def f(g):\n    return [await asyncio.wait_for(g(), 1) for _ in range(3)]\n"
    [(language, code)] = snippets("python.md")
    assert language == "python"
    exec(compile(code, "python.md", "exec"), {"source": source})
    assert capsys.readouterr().out.startswith("app/mail.py:5: ")


def test_the_page_of_steps(binary: Path, tmp_path: Path) -> None:
    [commands, step, settings, test, page] = snippets("steps.md")
    assert [one[0] for one in (commands, step, settings, test, page)] == ["sh", "python", "toml", "python", "markdown"]
    company = tmp_path / "company"
    company.mkdir()
    files = {"company/steps.py": step, "aiolift.toml": settings, "test_steps.py": test, "client.step.md": page}
    for name, (_, text) in files.items():
        (tmp_path / name).write_text(text.replace("tool.aiolift.", "").replace("[tool.aiolift]\n", ""), encoding="utf-8")
    (tmp_path / "app.py").write_text("from clients import OldClient\n\nOldClient()\n", encoding="utf-8")

    def run(*command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*command], cwd=tmp_path, capture_output=True, text=True, check=False)

    tests = run(sys.executable, "-m", "pytest", "-q")
    assert "3 passed" in tests.stdout, tests.stdout
    python = ["--python", sys.executable, "app.py"]
    assert run(str(binary), "diff", *python).returncode == 2
    withheld = run(str(binary), "diff", "--allow-python-steps", *python)
    assert (withheld.returncode, withheld.stdout) == (0, ""), withheld.stderr
    assert "2 sites more would change with `--unsafe`" in withheld.stderr
    changed = run(str(binary), "diff", "--allow-python-steps", "--unsafe", *python)
    assert "+NewClient()\n" in changed.stdout, changed.stderr

    # The commands at the top, one after the other.
    for line in commands[1].splitlines():
        program, *arguments = line.partition("#")[0].split()
        named = ["--python", sys.executable] if "diff" in arguments else []
        command = [str(binary)] if program == "aiolift" else [sys.executable, "-m", program]
        done = run(*command, *arguments, *named)
        assert done.returncode == 0, done.stdout + done.stderr
