"""Lift legacy Python to modern, structured-concurrency asyncio.

The functions take the options of the command by the same names, and return what it would print.
Nothing is written.

>>> import aiolift
>>> result = aiolift.rewrite('''
... import asyncio
...
... async def main(queue: asyncio.Queue):
...     return await asyncio.wait_for(queue.get(), 1)
... ''')
>>> print(result.source)
<BLANKLINE>
import asyncio
<BLANKLINE>
async def main(queue: asyncio.Queue):
    async with asyncio.timeout(1):
        return await queue.get()
<BLANKLINE>
"""

from __future__ import annotations

import sys

from aiolift import _aiolift
from aiolift._aiolift import (
    Failure,
    FileChange,
    FunctionPlace,
    Group,
    Note,
    Plan,
    Report,
    Rewrite,
    Site,
    SitePlace,
    Transform,
    Wall,
    __version__,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike
    from typing import Any, Union

    StrPath = Union[str, PathLike[str]]
    Config = Union[Mapping[str, Any], StrPath]

__all__ = [
    "AioliftError",
    "ConfigError",
    "Failure",
    "FileChange",
    "FunctionPlace",
    "Group",
    "InternalError",
    "Note",
    "Plan",
    "Report",
    "Rewrite",
    "Site",
    "SitePlace",
    "SourceError",
    "Transform",
    "Wall",
    "__version__",
    "check",
    "plan",
    "rewrite",
    "rewrite_many",
    "transforms",
]


class AioliftError(Exception):
    """What every exception of this package is.

    `message` says what is wrong and what to do; `path` and `line` say where, as far as it is known.
    """

    def __init__(
        self, message: str, path: StrPath | None = None, line: int | None = None
    ) -> None:
        super().__init__(message, path, line)
        self.message = message
        self.path = None if path is None else str(path)
        self.line = line

    def __str__(self) -> str:
        """Say what is wrong and where."""
        if self.path is None or self.path in self.message:
            return self.message
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class ConfigError(AioliftError, ValueError):
    """An option or a setting is wrong, or a path that is not there was given."""


class SourceError(AioliftError, ValueError):
    """A text is not valid Python."""


class InternalError(AioliftError, RuntimeError):
    """A mistake of aiolift, which should be reported."""


def rewrite(
    source: str,
    *,
    filename: StrPath | None = None,
    select: Iterable[str] = (),
    skip: Iterable[str] = (),
    unsafe: bool = False,
    target_version: str | None = None,
    config: Config | None = None,
    allow_python_steps: bool = False,
) -> Rewrite:
    """Rewrite a text, as `aiolift run -` does.

    Without a `filename` nothing is read, and the text is all that is known. With one, which need not
    exist, the settings of its project count unless `config` is given, and other files of the project
    are read where they matter, as with `--stdin-filename`. `config` has settings by their names in
    `[tool.aiolift]`, or is the path of a settings file. A step in Python that settings name runs only
    with `allow_python_steps`; one that `select` names does anyway.

    >>> result = rewrite("import asyncio\\nasyncio.get_event_loop().run_until_complete(main())\\n")
    >>> [site.reason for site in result.refusals]
    ['not-in-async-def', 'not-proved-a-coroutine']

    Raise `SourceError` where the text is not valid Python, `ConfigError` where an option is wrong. A
    text without any word that a transform looks for is not parsed, and comes back as it is.
    """
    [result] = rewrite_many(
        [source if filename is None else (filename, source)],
        select=select,
        skip=skip,
        unsafe=unsafe,
        target_version=target_version,
        config=config,
        allow_python_steps=allow_python_steps,
    )
    failure = result.failure
    if failure is not None:
        kind = InternalError if failure.is_bug else SourceError
        path = None if filename is None else failure.path
        message = failure.message
        if path is None and failure.line is not None:
            message = f"line {failure.line}: {message}"
        raise kind(message, path, failure.line)
    return result


def rewrite_many(
    sources: Iterable[str | tuple[StrPath, str]],
    *,
    select: Iterable[str] = (),
    skip: Iterable[str] = (),
    unsafe: bool = False,
    target_version: str | None = None,
    config: Config | None = None,
    jobs: int | None = None,
    allow_python_steps: bool = False,
) -> list[Rewrite]:
    """Rewrite many texts in parallel; the results are in the order of the texts.

    A text is a string, or a pair of its file name and a string. One that is not valid Python stays as
    it is, and its result has a `failure`.

    >>> good, bad = rewrite_many(["x = 1\\n", ("mail.py", "async def send(:\\n    gather()\\n")])
    >>> good.failure is None, bad.failure.line
    (True, 1)
    """
    texts: list[tuple[str | None, str]] = []
    for item in sources:
        if isinstance(item, str):
            texts.append((None, item))
        elif isinstance(item, tuple):
            texts.append((_path(item[0]), item[1]))
        else:
            raise TypeError(f"a text is a `str`, not `{type(item).__name__}`")
    for number, (path, text) in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            what = f"text {number} has a character that is no character, at {error.start}"
            raise SourceError(what, path) from None
    options = _options(
        select, skip, unsafe, target_version, config, jobs=jobs, allow_python_steps=allow_python_steps
    )
    return _aiolift.rewrite_many(texts, options)


def check(
    paths: StrPath | Iterable[StrPath] = ".",
    *,
    select: Iterable[str] = (),
    skip: Iterable[str] = (),
    unsafe: bool = False,
    asyncify: bool = False,
    target_version: str | None = None,
    exclude: Iterable[str] = (),
    config: Config | None = None,
    jobs: int | None = None,
    allow_python_steps: bool = False,
) -> Report:
    """Find every site in files and folders, and what would become of it; write nothing.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> size = (folder / "mail.py").write_text("import asyncio\\nasync def f():\\n    asyncio.get_event_loop()\\n")
    >>> report = check(folder)
    >>> [(site.line, site.transform, site.outcome) for site in report.sites]
    [(3, 'get-event-loop-in-async', 'changed')]
    >>> report.files[0].after.decode().splitlines()[-1]
    '    asyncio.get_running_loop()'

    Files that cannot be read or parsed are the `failures` of the report. Raise `ConfigError` where an
    option or a setting is wrong, or a path does not exist.
    """
    options = _options(
        select,
        skip,
        unsafe,
        target_version,
        config,
        jobs=jobs,
        exclude=exclude,
        asyncify=asyncify,
        allow_python_steps=allow_python_steps,
    )
    return _aiolift.check(_paths(paths), options)


def plan(
    paths: StrPath | Iterable[StrPath] = ".",
    *,
    select: Iterable[str] = (),
    skip: Iterable[str] = (),
    unsafe: bool = False,
    target_version: str | None = None,
    exclude: Iterable[str] = (),
    config: Config | None = None,
    jobs: int | None = None,
    allow_python_steps: bool = False,
) -> Plan:
    """Find the functions that would become coroutine functions together, and what blocks the others.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> plan(folder).groups
    []
    """
    options = _options(
        select,
        skip,
        unsafe,
        target_version,
        config,
        jobs=jobs,
        exclude=exclude,
        allow_python_steps=allow_python_steps,
    )
    return _aiolift.plan(_paths(paths), options)


def transforms() -> list[Transform]:
    """List the transforms in execution order.

    >>> any(transform.name == "gather-to-taskgroup" for transform in transforms())
    True
    """
    return _aiolift.transforms()


def _path(path: StrPath) -> str:
    return path if isinstance(path, str) else str(path.__fspath__())


def _paths(paths: StrPath | Iterable[StrPath]) -> list[str]:
    if isinstance(paths, str) or hasattr(paths, "__fspath__"):
        return [_path(paths)]  # type: ignore[arg-type]
    return [_path(path) for path in paths]


def _names(option: str, names: Iterable[str]) -> list[str]:
    if isinstance(names, str):
        raise ConfigError(f"`{option}` is a list of names; write `{option}=[{names!r}]`")
    return list(names)


def _options(
    select: Iterable[str],
    skip: Iterable[str],
    unsafe: bool,
    target_version: str | None,
    config: Config | None,
    *,
    jobs: int | None = None,
    exclude: Iterable[str] = (),
    asyncify: bool = False,
    allow_python_steps: bool = False,
) -> dict[str, Any]:
    options: dict[str, Any] = {
        "select": _names("select", select),
        "skip": _names("skip", skip),
        "exclude": _names("exclude", exclude),
        "unsafe": unsafe,
        "asyncify": asyncify,
        "allow_python_steps": allow_python_steps,
    }
    if sys.executable:
        options["python"] = sys.executable
    if target_version is not None:
        options["target_version"] = target_version
    if jobs is not None:
        if jobs < 1:
            raise ConfigError(f"`jobs` is {jobs}; it must be 1 or more")
        options["jobs"] = jobs
    if config is None:
        return options
    if isinstance(config, str) or hasattr(config, "__fspath__"):
        path = _path(config)
        try:
            with open(path, encoding="utf-8") as file:
                options["settings"] = (path, file.read())
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the settings cannot be read: {error}", path) from error
    else:
        lines = [f"{_key(key)} = {_toml(key, value)}\n" for key, value in config.items()]
        options["settings"] = ("config", "".join(lines))
    return options


def _key(key: str) -> str:
    if isinstance(key, str) and key and all(c.isalnum() or c in "-_" for c in key):
        return key
    raise ConfigError(f"`{key}` is not a setting of `aiolift`")


def _toml(key: str, value: object) -> str:
    """Write a value as TOML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(key, item) for item in value) + "]"
    if isinstance(value, dict):
        items = (f"{_toml(key, str(name))} = {_toml(key, item)}" for name, item in value.items())
        return "{" + ", ".join(items) + "}"
    raise ConfigError(f"`{key}` of `config` has a value that no setting has: {value!r}")
