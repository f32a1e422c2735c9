"""Tests for steps of your own.

>>> from aiolift.testing import assert_step
>>> import libcst
>>> class Shout(libcst.CSTTransformer):
...     def leave_Name(self, original_node, updated_node):
...         return updated_node.with_changes(value=updated_node.value.upper())
>>> assert_step(Shout, before="hello(world)", after="HELLO(WORLD)")
"""

from __future__ import annotations

import difflib
import os
import re
import textwrap

from aiolift import AioliftError, _aiolift, worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["assert_step", "load_step"]


def load_step(name: str, project: str | os.PathLike[str] = ".") -> type:
    """Import the class of `python:package.module:ClassName`, as the command does.

    What is not installed is looked for in the folder of the project.
    """
    dotted = name[len("python:") :] if name.startswith("python:") else name
    try:
        return worker.import_step(dotted, os.path.abspath(project))
    except worker.Unusable as error:
        raise AioliftError(f"`{name}` cannot be used: {error}") from error


def assert_step(
    step: type | str,
    before: str,
    after: str | None = None,
    *,
    filename: str = "module.py",
    arguments: Mapping[str, Any] | None = None,
    idempotent: bool = True,
) -> None:
    """Assert what a step makes of a file: `after`, or nothing else than `before` where it is left out.

    The step is a class, or is named as in the settings; it runs in this process, so that a debugger
    stops in it. Texts may be indented, and may begin with a line break. Beside the text it is asserted
    that the command would take it: the result is valid Python, reads no name that nothing binds, has
    no `await` out of place; a word of `mentions` stands in `before`; and, unless `idempotent` is
    false, doing it again changes nothing.
    """
    __tracebackhide__ = True
    step = load_step(step) if isinstance(step, str) else step
    try:
        worker.check_step(step)
    except worker.Unusable as error:
        raise AioliftError(f"`{step!r}` cannot be used: {error}") from error
    before = _dedented(before)
    expected = before if after is None else _dedented(after)

    def run(source: str) -> str:
        from libcst.codemod import SkipFile

        try:
            return worker.rewrite(step, source, filename, dict(arguments or {}), os.getcwd())
        except SkipFile:
            return source

    actual = run(before)
    if actual != expected:
        raise AssertionError(f"the step makes something else of it\n{_diff(expected, actual)}")
    if actual == before:
        return
    why = _aiolift.verify(before, actual)
    if why is not None:
        raise AssertionError(f"the command would not take what the step makes: {why}")
    mentions = getattr(step, "mentions", None)
    words = [mentions] if isinstance(mentions, str) else mentions
    if words is not None and not any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", before) for word in words):
        raise AssertionError(f"no word of `mentions` stands in the file, so that the step would not see it: {words!r}")
    if idempotent:
        again = run(actual)
        if again != actual:
            raise AssertionError(f"the step changes its own result\n{_diff(actual, again)}")


def _dedented(text: str) -> str:
    return textwrap.dedent(text[1:] if text.startswith("\n") else text)


def _diff(expected: str, actual: str) -> str:
    lines = difflib.unified_diff(
        expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm=""
    )
    return "\n".join(lines)
