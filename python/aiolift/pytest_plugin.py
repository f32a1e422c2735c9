"""The plugin for pytest: every example on a page `*.step.md` is a test, and `assert_step` a fixture.

A page names its step in a line of its own, and has examples under headings:

    Step: `python:company.steps:RenameClient`

    ### A call

    ```python before
    client = old_client()
    ```
    ```python after
    client = new_client()
    ```

    ### Another function of this name

    ```python unchanged
    other.old_client()
    ```
"""

from __future__ import annotations

import re

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from _pytest._code.code import TerminalRepr

STEP = re.compile(r"^Step: `(python:[^`]+)`$", re.MULTILINE)
BLOCK = re.compile(r"^(?P<fence>`{3,})python (?P<kind>before|after|unchanged)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the pages of steps."""
    if file_path.name.endswith(".step.md"):
        return Page.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def assert_step() -> Callable[..., None]:
    """Return `aiolift.testing.assert_step`."""
    from aiolift import testing

    return testing.assert_step


class PageError(Exception):
    """A page that is not written as it must be."""


class Page(pytest.File):
    """A page with its examples."""

    def collect(self) -> Iterator[pytest.Item]:
        """Find the examples."""
        text = self.path.read_text(encoding="utf-8")
        named = STEP.search(text)
        if named is None:
            raise PageError(f"{self.path}: no line names the step: Step: `python:package.module:ClassName`")
        found = False
        for part in re.split(r"^###\s+", text, flags=re.MULTILINE)[1:]:
            heading = part.partition("\n")[0].strip()
            blocks = [(match["kind"], match["text"]) for match in BLOCK.finditer(part)]
            if [kind for kind, _ in blocks] == ["before", "after"]:
                before, after = blocks[0][1], blocks[1][1]
            elif [kind for kind, _ in blocks] == ["unchanged"]:
                before, after = blocks[0][1], None
            else:
                raise PageError(
                    f"{self.path}: {heading!r} must have a `python before` and a `python after` block, or one that is `python unchanged`"
                )
            found = True
            yield Example.from_parent(self, name=heading, step=named[1], before=before, after=after)
        if not found:
            raise PageError(f"{self.path}: there is no example; each one has a heading with ###")


class Example(pytest.Item):
    """An example on a page."""

    def __init__(self, *, step: str, before: str, after: str | None, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.step = step
        self.before = before
        self.after = after

    def runtest(self) -> None:
        """Assert that the step does what the page says."""
        from aiolift.testing import assert_step, load_step

        assert_step(load_step(self.step, _project(self.path, self.step)), self.before, self.after)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """Show what is different, without a traceback of this plugin."""
        if isinstance(excinfo.value, AssertionError):
            return f"{self.path}: {self.name}\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the example is."""
        return self.path, 0, self.name


def _project(page: Path, step: str) -> Path:
    """Find the folder with the module of a step: the nearest one around the page, else the current one.

    The folder that pytest takes for the root may be any other, where no settings say which one is.
    """
    top = step[len("python:") :].partition(":")[0].partition(".")[0]
    for folder in page.parents:
        for place in (folder, folder / "src"):
            if (place / top).is_dir() or (place / f"{top}.py").is_file():
                return folder
    return page.cwd()
