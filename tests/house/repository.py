"""The repository's files, as checked by the house rules, without generated files."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("functions", "shared_code", "local", "tools")
_GENERATED = frozenset({"node_modules", "build", "__pycache__"})
_TEXT = frozenset(
    {".py", ".md", ".toml", ".json", ".html", ".css", ".js", ".sh", ".txt", ".hl7", ".jinja", ".po"}
)


@cache
def files(*places: str) -> tuple[Path, ...]:
    """
    Return all files below the places (default: everything), without hidden directories and
    products.
    """
    found = []
    for place in places or (".",):
        for directory, below, names in os.walk(ROOT / place):
            below[:] = [
                name for name in below if name not in _GENERATED and not name.startswith(".")
            ]
            found += [Path(directory, name).resolve() for name in names]
    return tuple(sorted(found))


def text_files(*places: str) -> list[Path]:
    """Return the files that people write and read."""
    return [file for file in files(*places) if file.suffix in _TEXT or file.name == "Makefile"]


def python_files(*places: str) -> list[Path]:
    """Return the modules; `function_app.py` stands for the one file of that name."""
    single = [ROOT / place for place in places if place.endswith(".py")]
    rooms = [place for place in places if not place.endswith(".py")]
    below = [file for file in files(*rooms) if file.suffix == ".py"] if rooms or not places else []
    return single + below


def name_of(file: Path) -> str:
    """Return the file's path relative to the repository."""
    return file.relative_to(ROOT).as_posix()


@cache
def parsed(file: Path) -> ast.Module:
    """Return the module's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call with the last name of the called object: `queues.send(…)` is `send`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield last_name(node.func), node


def last_name(node: ast.expr) -> str:
    """Return `c` for `a.b.c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
