"""What the package has from Rust. The functions are wrapped by those of `aiolift`."""

from collections.abc import Sequence
from typing import Any, Literal, final

__version__: str

@final
class Note:
    """A place with a few words on it."""

    @property
    def line(self) -> int:
        """The line, from 1."""
    @property
    def column(self) -> int:
        """The column in characters, from 1."""
    @property
    def text(self) -> str: ...

@final
class Site:
    """One site of one transform."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int:
        """The line of the text as it was, from 1."""
    @property
    def column(self) -> int:
        """The column in characters, from 1."""
    @property
    def end_line(self) -> int: ...
    @property
    def transform(self) -> str: ...
    @property
    def outcome(self) -> Literal["changed", "withheld", "refused", "kept"]:
        """How it ended; withheld is what only changes with `unsafe=True`."""
    @property
    def grade(self) -> Literal["safe", "unsafe", "display"] | None: ...
    @property
    def differences(self) -> list[str]:
        """Ids of the documented differences, such as `D-G1`."""
    @property
    def reason(self) -> str | None:
        """The code of the reason why it stays."""
    @property
    def message(self) -> str: ...
    @property
    def evidence(self) -> list[Note]:
        """Places that show the reason."""
    @property
    def remedy(self) -> str | None:
        """What would make it convertible."""

@final
class Failure:
    """A file, or a text, that could not be done."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int | None: ...
    @property
    def message(self) -> str: ...
    @property
    def is_bug(self) -> bool:
        """Whether it is a mistake of aiolift."""

@final
class FileChange:
    """A file that would change."""

    @property
    def path(self) -> str: ...
    @property
    def before(self) -> bytes: ...
    @property
    def after(self) -> bytes: ...
    @property
    def diff(self) -> str:
        """The unified diff, as `aiolift diff` prints it."""

@final
class Rewrite:
    """What becomes of one text."""

    @property
    def source(self) -> str:
        """The text afterwards; the same as before where nothing changes."""
    @property
    def diff(self) -> str:
        """The unified diff, as `aiolift diff` prints it; empty where nothing changes."""
    @property
    def sites(self) -> list[Site]: ...
    @property
    def changes(self) -> list[Site]:
        """The sites that change."""
    @property
    def refusals(self) -> list[Site]:
        """The sites that stay, each with its reason, or only change with consent."""
    @property
    def notes(self) -> list[str]: ...
    @property
    def failure(self) -> Failure | None:
        """Why nothing could be done. `aiolift.rewrite` raises it."""

@final
class Report:
    """What would become of files."""

    @property
    def sites(self) -> list[Site]: ...
    @property
    def changes(self) -> list[Site]:
        """The sites that would change."""
    @property
    def refusals(self) -> list[Site]:
        """The sites that stay, each with its reason, or only change with consent."""
    @property
    def files(self) -> list[FileChange]: ...
    @property
    def failures(self) -> list[Failure]: ...
    @property
    def notes(self) -> list[str]: ...

@final
class FunctionPlace:
    """A function."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def name(self) -> str: ...

@final
class SitePlace:
    """Where a transform found something that needs a coroutine function."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def transform(self) -> str: ...

@final
class Group:
    """Functions that become coroutine functions together."""

    @property
    def sites(self) -> list[SitePlace]: ...
    @property
    def functions(self) -> list[FunctionPlace]: ...
    @property
    def grade(self) -> Literal["safe", "unsafe", "display"]: ...

@final
class Wall:
    """Why a site stays: what its function cannot become a coroutine function for."""

    @property
    def site(self) -> SitePlace: ...
    @property
    def way(self) -> list[FunctionPlace]:
        """From the function of the site to the one that must stay."""
    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def remedy(self) -> str | None: ...

@final
class Plan:
    """What `asyncify` would do."""

    @property
    def groups(self) -> list[Group]: ...
    @property
    def walls(self) -> list[Wall]: ...
    @property
    def failures(self) -> list[Failure]: ...

@final
class Transform:
    """A transform, as `aiolift list` and `aiolift explain` show it."""

    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def offers(self) -> Literal["safe", "unsafe", "display"]: ...
    @property
    def since(self) -> str: ...
    @property
    def is_default(self) -> bool: ...
    @property
    def page(self) -> str:
        """The page, in Markdown."""

def run_command(arguments: Sequence[str], python: str | None = None) -> int: ...
def verify(before: str, after: str) -> str | None: ...
def rewrite_many(texts: Sequence[tuple[str | None, str]], options: dict[str, Any]) -> list[Rewrite]: ...
def check(paths: Sequence[str], options: dict[str, Any]) -> Report: ...
def plan(paths: Sequence[str], options: dict[str, Any]) -> Plan: ...
def transforms() -> list[Transform]: ...
