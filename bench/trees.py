"""Builds the trees of Python files that the tools are run on, from packages of PyPI."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

# A large application in which few files have anything to rewrite.
FEW = ("homeassistant==2025.4.4",)

# Packages in which asyncio is the subject; the source archives bring their tests along.
MANY_WHEELS = (
    "aio-pika==10.2.1",
    "aiortc==1.16.0",
    "autobahn==26.10.2",
    "bellows==1.2.1",
    "crawl4ai==0.9.5",
    "distributed==2026.8.0",
    "hypercorn==0.18.0",
    "kopf==1.45.2",
    "nats-py==2.16.0",
    "pyatv==0.18.0",
    "tornado==6.6.1",
    "zigpy==2.4.0",
)
MANY_SOURCES = ("aiohttp==3.14.5", "asyncssh==2.24.1")

# Of those, only the files with a line like one of these are taken.
SITE = re.compile(
    rb"\b(?:gather|wait_for|get_event_loop|ensure_future|run_until_complete|run_in_executor)\("
    rb"|\bloop\.create_task\(|\brequests\.(?:get|post|put|patch|delete|head|request|Session)\("
)

ONE_FILE = "aiohttp/tests/test_web_functional.py"
COPIES = 16

# Every tool finds its target version here, and no tool looks for a project further up.
PYPROJECT = '[project]\nname = "tree"\nversion = "0"\nrequires-python = ">=3.12"\ndependencies = ["httpx", "requests"]\n'


class Tree:
    """A folder of Python files and how large it is."""

    def __init__(self, path):
        self.path = path
        self.files = sorted(file for file in path.rglob("*.py"))
        self.bytes = sum(file.stat().st_size for file in self.files)
        contents = [file.read_bytes() for file in self.files]
        self.lines = sum(content.count(b"\n") for content in contents)
        self.sites = sum(len(SITE.findall(content)) for content in contents)
        self.files_with_sites = sum(1 for content in contents if SITE.search(content))

    def sample(self, size):
        """Returns evenly spread files that together have about ``size`` bytes, and their bytes."""
        step = max(1, round(self.bytes / size))
        files = self.files[step // 2 :: step] or self.files[:1]
        return files, sum(file.stat().st_size for file in files)

    def describe(self):
        return {
            "files": len(self.files),
            "lines": self.lines,
            "bytes": self.bytes,
            "lines like a site": self.sites,
            "files with such a line": self.files_with_sites,
        }


def download(work, requirements, *options):
    """Fetches packages into the work folder and returns the archives, in the order given."""
    archives = []
    for requirement in requirements:
        folder = work / "archives" / requirement
        if not folder.exists():
            print(f"downloading {requirement}", file=sys.stderr)
            scratch = folder.with_name(requirement + ".part")
            shutil.rmtree(scratch, ignore_errors=True)
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*command, *options, "--dest", str(scratch), requirement], check=True, stdout=sys.stderr)
            scratch.rename(folder)
        (archive,) = folder.iterdir()
        archives.append(archive)
    return archives


def members(archive):
    """Yields the Python files of a wheel or a source archive: a relative path and the content."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(wheel.namelist()):
                if name.endswith(".py"):
                    yield name, wheel.read(name)
    else:
        with tarfile.open(archive) as source:
            for member in sorted(source.getmembers(), key=lambda member: member.name):
                if member.isfile() and member.name.endswith(".py") and ".." not in Path(member.name).parts:
                    yield member.name.partition("/")[2], source.extractfile(member).read()


def write(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def fill(root, build):
    """Builds a tree beside its final place and moves it there when it is whole."""
    if root.exists():
        return root
    print(f"building {root.name}", file=sys.stderr)
    scratch = root.with_name(root.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    (scratch / "pyproject.toml").write_text(PYPROJECT)
    build(scratch)
    scratch.rename(root)
    return root


def few(work):
    def build(root):
        # The wheel asks for a newer Python than may be here; only its text is needed.
        for archive in download(work, FEW, "--only-binary=:all:", "--ignore-requires-python"):
            for name, content in members(archive):
                write(root, name, content)

    return fill(work / "few", build)


def many(work):
    def build(root):
        archives = download(work, MANY_WHEELS, "--only-binary=:all:", "--python-version=3.12")
        archives += download(work, MANY_SOURCES, "--no-binary=:all:")
        for archive in archives:
            package = archive.name.partition("-")[0]
            for name, content in members(archive):
                if SITE.search(content):
                    write(root, f"{package}/{name}", content)

    return fill(work / "many", build)


def one(work):
    source = many(work) / ONE_FILE

    def build(root):
        write(root, source.name, source.read_bytes())

    return fill(work / "one", build)


def copies(work):
    source = many(work)

    def build(root):
        for number in range(COPIES):
            for file in sorted(source.rglob("*.py")):
                write(root, f"copy{number:02}/{file.relative_to(source)}", file.read_bytes())

    return fill(work / "copies", build)
