"""The wheel and the source distribution, installed as users install them."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY, from_environment, interpreters, make_environment, python

USE = """
import aiolift
from importlib.metadata import version
print(aiolift.__version__ == version("aiolift"))
"""


def test_the_wheel_has_what_it_must_have(wheel: Path) -> None:
    assert "-cp39-abi3-" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    package = {name for name in names if name.startswith("aiolift/")}
    rest = {name for name in names if ".dist-info/" not in name} - package
    assert [name.split("/", 1)[1] for name in rest] == ["scripts/aiolift"]
    assert {"aiolift/__init__.py", "aiolift/__main__.py", "aiolift/py.typed"} <= package
    assert not any("tests" in name for name in package)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_works_in_a_fresh_environment(programs: Path, tmp_path: Path) -> None:
    done = python(programs, "-c", USE, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    script = subprocess.run(
        [programs / "aiolift", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert script.stdout.startswith("aiolift ")


@pytest.mark.parametrize("interpreter", interpreters(), ids=lambda path: str(path))
def test_one_wheel_is_for_every_python(interpreter: Path, wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import sys; sys.argv[1:] = ['list']; from aiolift.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [interpreter, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "gather-to-taskgroup" in done.stdout


def test_the_source_distribution_builds_and_works(tmp_path: Path) -> None:
    archive = from_environment("AIOLIFT_SDIST")
    # A folder of its own that stays: the next run builds what has changed, not everything.
    unpacked = archive.parent / "unpacked"
    fresh = tmp_path / "new"
    with tarfile.open(archive) as sdist:
        sdist.extractall(fresh, filter="data")
    [folder] = fresh.iterdir()
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "LICENSE", "Cargo.lock", "python/src/lib.rs"} <= names
    assert not [name for name in names if name.startswith((".venv", "bench/trees", "examples"))]
    replace(unpacked, folder)
    # What a user would do, but without optimisation, and with the dependencies built before. Cargo
    # takes this tree for the one it comes from, so that it must not build in the same folder.
    build = archive.parent / "build"
    lend_dependencies(archive.parents[1] / "debug", build / "debug")
    env = {
        **os.environ,
        "CARGO_TARGET_DIR": str(build),
        "MATURIN_PEP517_ARGS": "--profile dev --locked",
    }
    programs = make_environment(tmp_path / "venv", unpacked, env=env)
    done = python(programs, "-c", USE, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    script = subprocess.run([programs / "aiolift", "list"], capture_output=True, check=True)
    binary = subprocess.run(
        [from_environment("AIOLIFT_BINARY"), "list"], capture_output=True, check=True
    )
    assert script.stdout == binary.stdout


def lend_dependencies(old: Path, new: Path) -> None:
    """Link what has been built of other packages into another folder of Cargo's."""
    if new.exists():
        return
    for part in (".fingerprint", "build", "deps"):
        for folder, folders, files in os.walk(old / part):
            folders[:] = [name for name in folders if not name.startswith("aiolift")]
            target = new / Path(folder).relative_to(old)
            target.mkdir(parents=True)
            for name in files:
                if part != "deps" or (name.startswith("lib") and "aiolift" not in name):
                    os.link(Path(folder, name), target / name)


def replace(old: Path, new: Path) -> None:
    """Make a folder equal to another one, and leave the files alone that are the same already."""
    for path in sorted(old.rglob("*"), reverse=True):
        if path.is_file() and not (new / path.relative_to(old)).is_file():
            path.unlink()
    for path in new.rglob("*"):
        target = old / path.relative_to(new)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.is_file() or target.read_bytes() != path.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)


def test_the_package_of_the_command_has_what_is_compiled_in() -> None:
    command = ["cargo", "package", "--list", "--allow-dirty", "--offline"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    packaged = {(REPOSITORY / line).resolve() for line in done.stdout.splitlines()}
    wanted = set()
    for folder in ("src", "transforms"):
        for file in (REPOSITORY / folder).rglob("*.rs"):
            named = re.findall(r'include_str!\("([^"]+)"\)', file.read_text(encoding="utf-8"))
            wanted |= {(file.parent / name).resolve() for name in named}
    assert REPOSITORY / "python" / "aiolift" / "worker.py" in wanted
    assert wanted <= packaged


def test_the_wheel_has_a_program_where_scripts_are_none(
    wheel: Path, programs: Path, tmp_path: Path
) -> None:
    """On Windows; what is done to the wheel there can be done to any."""
    done_to = tmp_path / wheel.name
    shutil.copy(wheel, done_to)
    backend = str(REPOSITORY / "python" / "backend")
    code = f"import sys; sys.path.insert(0, {backend!r}); import aiolift_build; aiolift_build.name_program(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, done_to], check=True)
    names = zipfile.ZipFile(done_to).namelist()
    assert not [name for name in names if ".data/" in name]
    fresh = make_environment(tmp_path / "venv", done_to)
    assert b"console_scripts" not in zipfile.ZipFile(wheel).read(entry_points(wheel))
    assert b"pytest11" in zipfile.ZipFile(done_to).read(entry_points(done_to))
    shown = [
        subprocess.run([folder / "aiolift", "list"], capture_output=True, check=True).stdout
        for folder in (programs, fresh)
    ]
    assert shown[0] == shown[1]
    # The list of files is true, so that all of them go when it is uninstalled.
    python(fresh, "-m", "pip", "uninstall", "--yes", "--quiet", "aiolift")
    assert not (fresh / "aiolift").exists()
    assert not list(fresh.parent.rglob("aiolift*"))


def entry_points(wheel: Path) -> str:
    [name] = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("entry_points.txt")]
    return name


def test_versions_agree() -> None:
    binary = from_environment("AIOLIFT_BINARY")
    shown = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    version = shown.split()[1]
    for manifest in ("Cargo.toml", "python/src/Cargo.toml"):
        assert f'\nversion = "{version}"\n' in (REPOSITORY / manifest).read_text(encoding="utf-8")
