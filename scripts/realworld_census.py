#!/usr/bin/env python3
"""Count the asyncio calls of Python files, without asking aiolift.

    realworld_census.py FILE_OR_FOLDER...

Prints one JSON object: `calls` lists every call that resolves to `asyncio.gather` or
`asyncio.wait_for` through the file's own imports, and `unparsed` the files that this Python cannot
parse. `realworld.py` runs it before and after a rewrite, with the Python of the project, so that
the published percentages do not rest on what the tool says about itself.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings
from pathlib import Path

COUNTED = ("gather", "wait_for")


class Census(ast.NodeVisitor):
    """The counted calls of one file."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.calls: list[dict] = []
        self.modules: set[str] = set()
        self.functions: dict[str, str] = {}
        for node in ast.walk(tree):
            self.learn(node)
        self.parents = {
            id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        self.visit(tree)

    def learn(self, node: ast.AST) -> None:
        """Note the names under which a file knows asyncio and the counted functions."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "asyncio" or (alias.name.startswith("asyncio.") and not alias.asname):
                    self.modules.add(alias.asname or "asyncio")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            if node.module in ("asyncio", "asyncio.tasks"):
                for alias in node.names:
                    if alias.name in COUNTED:
                        self.functions[alias.asname or alias.name] = alias.name

    def counted(self, function: ast.expr) -> str | None:
        """Return the counted function that a callee names, if it names one."""
        if isinstance(function, ast.Name):
            return self.functions.get(function.id)
        if (
            isinstance(function, ast.Attribute)
            and function.attr in COUNTED
            and isinstance(function.value, ast.Name)
            and function.value.id in self.modules
        ):
            return function.attr
        return None

    def visit_Call(self, node: ast.Call) -> None:
        """Record a counted call, with the lines its statement starts and the call ends on."""
        name = self.counted(node.func)
        if name is not None:
            statement: ast.AST = node
            while not isinstance(statement, ast.stmt):
                statement = self.parents[id(statement)]
            self.calls.append(
                {
                    "path": self.path,
                    "function": name,
                    "awaited": isinstance(self.parents[id(node)], ast.Await),
                    "line": node.lineno,
                    "first_line": statement.lineno,
                    "last_line": node.end_lineno,
                }
            )
        self.generic_visit(node)


def main(arguments: list[str]) -> int:
    """Print the census of the given files and folders."""
    warnings.simplefilter("ignore")
    files: list[Path] = []
    for argument in map(Path, arguments):
        files += sorted(argument.rglob("*.py")) if argument.is_dir() else [argument]
    calls: list[dict] = []
    unparsed: list[str] = []
    for path in files:
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, RecursionError) as error:
            unparsed.append(f"{path}: {error}")
            continue
        calls += Census(path.as_posix(), tree).calls
    json.dump({"calls": calls, "unparsed": unparsed}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
