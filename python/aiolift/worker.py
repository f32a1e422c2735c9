"""Runs a step for aiolift: reads files from standard input, writes what becomes of them.

The protocol is documented in docs/steps.md. This file is the whole program of a worker: it is handed
to whatever Python the steps run with, where the package `aiolift` need not be installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import sys
import traceback
import warnings

PROTOCOL = 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    Object = Dict[str, Any]


class Unusable(Exception):
    """A step that cannot be run, with the reason."""


def import_step(name: str, project: str | None = None, trusts_project: bool = False) -> type:
    """Import the class `package.module:ClassName`.

    What is installed comes first. A module that is not is looked for in the project, which from then
    on is at the end of the path.
    """
    module_name, _, class_name = name.partition(":")
    if project is not None:
        folders = [project, os.path.join(project, "src")]
        top = module_name.partition(".")[0]
        is_there = any(
            os.path.isdir(os.path.join(folder, top)) or os.path.isfile(os.path.join(folder, top + ".py"))
            for folder in folders
        )
        if trusts_project or (is_there and importlib.util.find_spec(top) is None):
            sys.path.extend(folder for folder in folders if folder not in sys.path)
            importlib.invalidate_caches()
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name + ".").startswith(error.name + "."):
            raise Unusable(
                f"there is no module `{error.name}`, neither installed nor in the project"
            ) from error
        raise Unusable(f"its import fails: {_last_line(error)}; install what it needs") from error
    except BaseException as error:
        raise Unusable(f"its import fails: {_last_line(error)}{_place(error)}") from error
    step = getattr(module, class_name, None)
    if step is None:
        raise Unusable(f"the module `{module_name}` has no `{class_name}`")
    check_step(step)
    return step  # type: ignore[no-any-return]


def check_step(step: object) -> None:
    """Raise `Unusable` unless this is a class that rewrites a file with LibCST."""
    try:
        import libcst
        from libcst.codemod import Codemod
    except ImportError as error:
        raise Unusable("LibCST is not installed there; `pip install libcst`") from error
    if not (isinstance(step, type) and issubclass(step, (Codemod, libcst.CSTTransformer))):
        raise Unusable(
            "it is no class of `libcst.codemod.Codemod`, `VisitorBasedCodemodCommand` or `libcst.CSTTransformer`"
        )
    if inspect.isabstract(step):
        raise Unusable("it is an abstract class")
    for provider in _providers(step):
        if getattr(provider, "gen_cache", None) is not None:
            raise Unusable(
                f"it needs `{provider.__name__}`, which is metadata of the whole project; a step sees one file at a time"
            )


def _providers(step: type) -> list[type]:
    """The metadata that a class and the metadata itself depend on."""
    found: list[type] = []
    waiting = list(step.get_inherited_dependencies())  # type: ignore[attr-defined]
    while waiting:
        provider = waiting.pop()
        if provider not in found:
            found.append(provider)
            waiting.extend(provider.get_inherited_dependencies())
    return sorted(found, key=lambda provider: provider.__name__)


def rewrite(step: type, source: str, path: str, arguments: Object | None = None, project: str | None = None) -> str:
    """Rewrite a text with a step, and return the text afterwards.

    What the step raises comes out, among it `libcst.codemod.SkipFile`.
    """
    import libcst
    from libcst.codemod import Codemod, CodemodContext

    module = libcst.parse_module(source)
    if issubclass(step, Codemod):
        context = CodemodContext(filename=path, **_module_names(path, project))
        return step(context, **(arguments or {})).transform_module(module).code
    transformer: Any = step(**(arguments or {}))
    if _providers(step):
        return libcst.metadata.MetadataWrapper(module).visit(transformer).code
    return module.visit(transformer).code


def _module_names(path: str, project: str | None) -> Object:
    from libcst.helpers import calculate_module_and_package

    try:
        names = calculate_module_and_package(project or os.getcwd(), path)
    except Exception:
        return {}
    return {"full_module_name": names.name, "full_package_name": names.package}


def outcome(step: type, question: Object, arguments: Object, project: str | None) -> Object:
    """Say what becomes of one file."""
    from libcst import ParserSyntaxError
    from libcst.codemod import SkipFile

    source = question["source"]
    try:
        after = rewrite(step, source, question["path"], arguments, project)
    except SkipFile as error:
        return {"outcome": "skipped", "reason": str(error) or "it says no reason."}
    except ParserSyntaxError as error:
        return {"outcome": "failed", "message": f"cannot read the file, since LibCST cannot: {error.message}"}
    except Exception as error:
        return {"outcome": "failed", "message": f"has raised {_last_line(error)}{_place(error)}"}
    if not isinstance(after, str):
        return {"outcome": "failed", "message": f"has made a `{type(after).__name__}` of the file"}
    if after == source:
        return {"outcome": "unchanged"}
    fault = _fault(after)
    if fault is not None and _fault(source) is None:
        return {"outcome": "failed", "message": f"has made a file that is not valid Python: {fault}"}
    return {"outcome": "changed", "source": after}


def _fault(source: str) -> str | None:
    """What Python has to say against a text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "module", "exec", dont_inherit=True)
        except SyntaxError as error:
            return f"{error.msg} (line {error.lineno})"
        except (ValueError, RecursionError, MemoryError, OverflowError):
            # What is too large for Python here may not be for the one that runs it.
            return None
    return None


def _last_line(error: BaseException) -> str:
    return " ".join(traceback.format_exception_only(type(error), error)[-1].split())


def _place(error: BaseException) -> str:
    """The innermost place outside of LibCST, which is where the step went wrong."""
    frames = traceback.extract_tb(error.__traceback__)
    own = os.path.abspath(__file__) if "__file__" in globals() else "<string>"
    inner = f"{os.sep}libcst{os.sep}"
    for frame in reversed(frames):
        if inner not in frame.filename and frame.filename != own and not frame.filename.startswith("<frozen"):
            return f" ({frame.filename}:{frame.lineno})"
    return ""


def main() -> None:
    """Answer until the input ends."""
    lines = sys.stdin.buffer
    # What a step prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(value: Object) -> None:
        answers.write(json.dumps(value).encode() + b"\n")
        answers.flush()

    greeting = json.loads(lines.readline())
    if greeting["protocol"] != PROTOCOL:
        answer({"error": f"the protocol {greeting['protocol']} is not known"})
        return
    project = greeting.get("project")
    arguments = greeting.get("arguments") or {}
    try:
        step = import_step(greeting["step"], project, greeting.get("trusts_project", False))
    except Unusable as error:
        answer({"error": str(error)})
        return
    mentions = getattr(step, "mentions", None)
    words = (vars(step).get("DESCRIPTION") or step.__doc__ or "").strip().splitlines()
    answer(
        {
            "mentions": [mentions] if isinstance(mentions, str) else None if mentions is None else list(mentions),
            "grade": getattr(step, "grade", None),
            "summary": words[0] if words else None,
        }
    )
    for line in lines:
        answer(outcome(step, json.loads(line), arguments, project))


if __name__ == "__main__":
    main()
