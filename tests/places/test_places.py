"""The places where people run tools: git hooks, pull requests, shells, the documentation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ["AIOLIFT_BINARY"])

BEFORE = """\
import asyncio


async def main(queue: asyncio.Queue):
    return await asyncio.wait_for(queue.get(), 1)
"""

AFTER = """\
import asyncio


async def main(queue: asyncio.Queue):
    async with asyncio.timeout(1):
        return await queue.get()
"""


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def hooks(tmp_path):
    """A repository with the hooks, which installs the wheel that was built from this tree."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    shutil.copy(REPOSITORY / ".pre-commit-hooks.yaml", folder)
    wheel = Path(os.environ["AIOLIFT_WHEEL"]).resolve().as_uri()
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "hooks"\nversion = "1"\ndependencies = ["aiolift @ {wheel}"]\n'
        "[tool.setuptools]\npy-modules = []\n"
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    return folder


def test_hooks_rewrite_and_report(hooks, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.12"\n'
    )
    (project / "app.py").write_text(BEFORE)
    (project / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump(
            {
                "repos": [
                    {
                        "repo": str(hooks),
                        "rev": git(hooks, "rev-parse", "HEAD").strip(),
                        "hooks": [{"id": "aiolift-check"}, {"id": "aiolift"}],
                    }
                ]
            }
        )
    )
    git(project, "init", "-q")
    git(project, "add", "-A")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}

    def run(hook):
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", hook],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
        )

    check = run("aiolift-check")
    assert check.returncode == 1, check.stdout + check.stderr
    assert "app.py:5:18: wait-for-to-timeout changed" in check.stdout
    assert (project / "app.py").read_text() == BEFORE

    rewrite = run("aiolift")
    assert rewrite.returncode == 1, rewrite.stdout + rewrite.stderr
    assert "files were modified by this hook" in rewrite.stdout
    assert (project / "app.py").read_text() == AFTER
    git(project, "add", "-A")
    for hook in ["aiolift", "aiolift-check"]:
        again = run(hook)
        assert again.returncode == 0, again.stdout + again.stderr


def test_the_action_annotates(tmp_path):
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    steps = action["runs"]["steps"]
    assert [step.get("shell") for step in steps] == [None, "bash", "bash"]
    inputs = {name: one["default"] for name, one in action["inputs"].items()}
    assert inputs["paths"] == "."

    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "app.py").write_text(BEFORE)
    (tmp_path / "other.py").write_text(BEFORE)
    environment = {
        **os.environ,
        "PATH": f"{BINARY.parent}{os.pathsep}{os.environ['PATH']}",
        "AIOLIFT_PATHS": "a folder\n",
        "AIOLIFT_ARGS": "--target-version\npy312\n",
    }
    environment.pop("GITHUB_STEP_SUMMARY", None)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", steps[2]["run"]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    annotations = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert "file=a folder/app.py,line=5" in annotations[0]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "elvish"])
def test_shells_complete_the_command(shell):
    done = subprocess.run([BINARY, "completions", shell], check=True, capture_output=True, text=True)
    assert "target-version" in done.stdout
    if shell == "bash":
        script = done.stdout + (
            "COMP_WORDS=(aiolift che); COMP_CWORD=1; _aiolift aiolift che aiolift;"
            ' printf "%s\\n" "${COMPREPLY[@]}"'
        )
        answer = subprocess.run(
            ["bash", "-c", script], check=True, capture_output=True, text=True
        )
        assert answer.stdout.split() == ["check"]


def test_the_manual_has_every_verb():
    page = subprocess.run([BINARY, "man"], check=True, capture_output=True, text=True).stdout
    assert page.startswith(".ie") or ".TH aiolift" in page
    for verb in ["RUN", "DIFF", "CHECK", "PLAN", "LIST", "EXPLAIN", "UNDO", "SERVER"]:
        assert f'.SH "{verb}"' in page, verb
    assert "\\-\\-target\\-version" in page


def test_the_documentation_is_built(tmp_path):
    """Every page is there and every link leads somewhere."""
    done = subprocess.run(
        [sys.executable, "scripts/site.py", tmp_path / "site"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    front = (tmp_path / "site" / "index.html").read_text()
    assert "gather-to-taskgroup" in front
    for page in REPOSITORY.glob("transforms/*/README.md"):
        name = page.parent.name.replace("_", "-")
        built = tmp_path / "site" / "transforms" / name / "index.html"
        assert built.is_file(), name
