"""What the tests of the package share. `./test python` builds what they need and runs them."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def from_environment(variable: str) -> Path:
    value = os.environ.get(variable)
    assert value, f"{variable} is not set; run these tests with `./test python`"
    path = Path(value)
    assert path.exists(), f"{variable} names {path}, which does not exist"
    return path


def make_environment(folder: Path, *requirements: object, env=None) -> Path:
    """Make a fresh virtual environment, install into it, return its folder of programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [programs / "python", "-m", "pip", "install", "--quiet"]
    options = ["--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, *options, *map(str, requirements)], check=True, env=env)
    return programs


def interpreters() -> list[Path]:
    """Every Python from 3.9 on that is found, one for each version."""
    found: dict[str, Path] = {}
    candidates = [Path(sys.executable)]
    for minor in range(9, 16):
        named = shutil.which(f"python3.{minor}")
        candidates += [Path(named)] if named else []
        pyenv = Path.home() / ".pyenv" / "versions"
        candidates += sorted(pyenv.glob(f"3.{minor}.*/bin/python"))
    for candidate in candidates:
        question = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.setdefault(done.stdout.strip(), candidate)
    return list(found.values())


@pytest.fixture(scope="session")
def binary() -> Path:
    """The command as Rust makes it."""
    return from_environment("AIOLIFT_BINARY")


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel that was built for this run."""
    return from_environment("AIOLIFT_WHEEL")


@pytest.fixture(scope="session")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment with nothing but the wheel."""
    return make_environment(tmp_path_factory.mktemp("fresh") / "venv", wheel)


@pytest.fixture(scope="session")
def console(programs: Path) -> Path:
    """The command as pip installs it."""
    return programs / "aiolift"


@pytest.fixture(autouse=True, scope="session")
def no_colors() -> None:
    for variable in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "VIRTUAL_ENV"):
        os.environ.pop(variable, None)


def python(programs: Path, *arguments: str, **options) -> "subprocess.CompletedProcess[str]":
    """Run Python of an environment, away from the repository."""
    command = [str(programs / "python"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


assert sys.version_info >= (3, 11), "the tests read TOML, which takes Python 3.11"
