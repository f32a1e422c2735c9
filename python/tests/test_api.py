"""The functions of the package."""

import doctest
import inspect
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import aiolift
import pytest
from aiolift import _aiolift

PROGRAM = """\
import asyncio


async def main(queue: asyncio.Queue):
    item = await asyncio.wait_for(queue.get(), 1)
    return [await asyncio.wait_for(queue.get(), item) for _ in range(3)]
"""


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative names belong to no project."""
    monkeypatch.chdir(tmp_path)


def test_examples_in_the_documentation() -> None:
    result = doctest.testmod(aiolift)
    assert result.failed == 0
    shown = {test.name for test in doctest.DocTestFinder().find(aiolift) if test.examples}
    functions = {"check", "plan", "rewrite", "rewrite_many", "transforms"}
    assert {f"aiolift.{name}" for name in functions} <= shown


def test_a_rewrite_says_everything() -> None:
    result = aiolift.rewrite(PROGRAM, filename="queues.py", select=["wait-for-to-timeout"])
    assert "async with asyncio.timeout(1):\n        item = await queue.get()" in result.source
    assert result.diff.startswith("--- a/queues.py\n+++ b/queues.py\n@@ -2,5 +2,6 @@ wait-for-to-timeout (")
    [change], [refusal] = result.changes, result.refusals
    assert (change.path, change.line, change.column, change.grade) == ("queues.py", 5, 18, "safe")
    assert change.differences[0].startswith("D-W")
    assert (refusal.line, refusal.outcome) == (6, "refused")
    assert refusal.reason and refusal.message.endswith(".")
    assert result.sites == [change, refusal]
    assert repr(refusal).startswith("<Site queues.py:6:19: wait-for-to-timeout refused ")
    with pytest.raises(AttributeError):
        result.source = ""


@pytest.mark.parametrize("text", ["", "x = 1\r\n", "\ufeffx = 1\n", "# coding: latin-1\nx = 'ł'\n"])
def test_what_has_no_site_stays(text: str) -> None:
    result = aiolift.rewrite(text)
    assert (result.source, result.diff, result.sites) == (text, "", [])


def test_every_character_of_a_text_stays() -> None:
    text = "\ufeff# coding: latin-1\r\n" + PROGRAM.replace("\n", "\r\n") + "x = 'ł'"
    result = aiolift.rewrite(text)
    assert result.changes
    assert result.source.startswith("\ufeff# coding: latin-1\r\n")
    assert result.source.endswith("\r\nx = 'ł'")
    assert "\n" not in result.source.replace("\r\n", "")


def test_exceptions_say_what_and_where() -> None:
    with pytest.raises(aiolift.SourceError) as caught:
        aiolift.rewrite("import asyncio\nawait asyncio.gather(\n", filename="app/mail.py")
    assert (caught.value.path, caught.value.line) == ("app/mail.py", 3)
    assert str(caught.value).startswith("app/mail.py:3: This is not valid Python: ")
    assert isinstance(caught.value, ValueError)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.line) == (str(caught.value), 3)

    with pytest.raises(aiolift.SourceError, match="^line 3: This is not valid Python"):
        aiolift.rewrite("import asyncio\nawait asyncio.gather(\n")
    with pytest.raises(aiolift.ConfigError, match="did you mean `gather-to-taskgroup`"):
        aiolift.rewrite(PROGRAM, select=["gather-to-taskgrup"])
    with pytest.raises(aiolift.ConfigError, match=r"write `select=\['gather-to-taskgroup'\]`"):
        aiolift.rewrite(PROGRAM, select="gather-to-taskgroup")
    with pytest.raises(aiolift.ConfigError) as caught_config:
        aiolift.rewrite(PROGRAM, config={"jobs": 2, "exeptions": "group"})
    error = caught_config.value
    assert (error.path, error.line) == ("config", 2)
    assert str(error) == "config:2: `exeptions` is not a setting of `aiolift`; did you mean `exceptions`?"
    with pytest.raises(aiolift.ConfigError) as caught_path:
        aiolift.check("nowhere/at/all.py")
    assert caught_path.value.path == "nowhere/at/all.py"
    with pytest.raises(aiolift.ConfigError, match="no setting has"):
        aiolift.rewrite(PROGRAM, config={"skip": 1.5})
    with pytest.raises(aiolift.ConfigError, match="py39"):
        aiolift.rewrite(PROGRAM, target_version="py2")
    with pytest.raises(aiolift.SourceError, match="text 0 has a character"):
        aiolift.rewrite("x = '\ud800'")
    with pytest.raises(TypeError):
        aiolift.rewrite(b"x = 1")


def test_settings(tmp_path: Path) -> None:
    older = aiolift.rewrite(PROGRAM, config={"target-version": "py39"})
    assert not older.changes
    assert aiolift.rewrite(PROGRAM, target_version="py39").sites == older.sites
    skipped = aiolift.rewrite(PROGRAM, config={"skip": ["wait-for-to-timeout"]})
    assert not skipped.sites
    settings = tmp_path / "aiolift.toml"
    settings.write_text('skip = ["wait-for-to-timeout"]\n', encoding="utf-8")
    assert not aiolift.rewrite(PROGRAM, config=settings).sites
    with pytest.raises(aiolift.ConfigError, match="cannot be read"):
        aiolift.rewrite(PROGRAM, config=tmp_path / "nothing.toml")
    # Those of the project, when the text is said to lie there, and only then.
    assert not aiolift.rewrite(PROGRAM, filename=tmp_path / "queues.py").sites
    assert aiolift.rewrite(PROGRAM).sites


def test_a_batch_is_each_of_its_texts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nrequires-python = '>=3.9'\n", encoding="utf-8")
    old = tmp_path / "queues.py"
    texts = [PROGRAM, (old, PROGRAM), "def (:\n  gather()", ("b.py", PROGRAM), ("b.py", "x = 1\n")] * 40
    results = aiolift.rewrite_many(iter(texts), jobs=2)
    assert len(results) == 200
    assert results[:5] == results[195:]
    plain, in_project, broken, named, short = results[:5]
    assert plain == aiolift.rewrite(PROGRAM)
    assert in_project == aiolift.rewrite(PROGRAM, filename=old)
    assert not in_project.changes
    assert broken.failure and broken.failure.line == 1 and broken.source == "def (:\n  gather()"
    assert [site.path for site in named.sites] == ["b.py", "b.py"]
    assert short.source == "x = 1\n"
    assert aiolift.rewrite_many([]) == []


def test_check_and_plan(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['httpx']\n", encoding="utf-8")
    (tmp_path / "queues.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "broken.py").write_text("gather(\n", encoding="utf-8")
    report = aiolift.check([tmp_path], exclude=["other"])
    assert [site.line for site in report.changes] == [5]
    assert [change.before for change in report.files] == [PROGRAM.encode()]
    assert [failure.path for failure in report.failures] == [str(tmp_path / "broken.py")]
    assert (tmp_path / "queues.py").read_text(encoding="utf-8") == PROGRAM

    (tmp_path / "broken.py").unlink()
    (tmp_path / "page.py").write_text(
        "import requests\n\n\ndef load(url):\n    return requests.get(url, timeout=5).text\n\n\n"
        "def main():\n    print(load('https://example.org'))\n\n\nif __name__ == '__main__':\n    main()\n",
        encoding="utf-8",
    )
    plan = aiolift.plan(tmp_path)
    [group] = plan.groups
    assert sorted(function.name for function in group.functions) == ["load", "main"]
    assert [(site.line, site.transform) for site in group.sites] == [(5, "requests-to-httpx")]


def test_threads_run_while_rust_works() -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    before = time.monotonic()
    aiolift.rewrite_many([PROGRAM * 20] * 60, jobs=1)
    seconds = time.monotonic() - before
    done.set()
    thread.join()
    assert ticks > seconds * 50, (ticks, seconds)


def test_ctrl_c_interrupts_the_functions() -> None:
    # The signal that Ctrl-C sends, in a process of its own, since pytest listens to it, too.
    code = (
        "import aiolift, signal, threading\n"
        f"texts = [{PROGRAM!r} * 50] * 2_000\n"
        "threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()\n"
        "try:\n    aiolift.rewrite_many(texts)\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert (done.stdout, done.returncode) == ("interrupted\n", 0), done.stderr


def test_everything_is_documented() -> None:
    for name in aiolift.__all__:
        value = getattr(aiolift, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name


def test_the_stub_is_true(tmp_path: Path) -> None:
    """Every class and attribute of the stub exists, and nothing else."""
    import ast

    stub = Path(aiolift.__file__).with_name("_aiolift.pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    public = {name for name in dir(_aiolift) if not name.startswith("_")}
    assert public == set(classes) | functions
    for name, node in classes.items():
        said = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        there = {item for item in dir(getattr(_aiolift, name)) if not item.startswith("_")}
        assert said == there, name


def test_types(tmp_path: Path) -> None:
    """The package passes mypy --strict, and so does a user of it."""
    user = tmp_path / "user.py"
    user.write_text(
        "import aiolift\n"
        "from pathlib import Path\n"
        "result: aiolift.Rewrite = aiolift.rewrite('', filename=Path('a.py'), config={'jobs': 1})\n"
        "reasons: list[str | None] = [site.reason for site in result.refusals]\n"
        "many: list[aiolift.Rewrite] = aiolift.rewrite_many(['', ('a.py', '')])\n"
        "aiolift.check(Path('.')).files[0].after.decode()\n"
        "for group in aiolift.plan(['a', Path('b')]).groups:\n    print(group.functions[0].name)\n"
        "aiolift.rewrite(b'')  # type: ignore[arg-type]\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, "-m", "user", "-p", "aiolift"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
