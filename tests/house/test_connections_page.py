"""docs/connections.md and the reader of connections know the same names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from shared_code.connections.adapters.json_reader import Reader
from tests.house.repository import ROOT, name_of, parsed, python_files

FOLDER = "shared_code/connections/adapters/"
PAGE = (ROOT / "docs" / "connections.md").read_text(encoding="utf-8")
VERBS = {name for name in vars(Reader) if not name.startswith("_")} - {"end", "wrong", "names"}
"""What asks a Reader for a value by its name."""
_OF_THE_FILE = {"connections", "connections file"}
"""The list of all connections, which the page's example shows, and how mistakes name the file."""


def names_read(tree: ast.AST) -> Iterator[str]:
    """Yield the names that `at.text("name")` and `read_parts(at, "name")` ask for."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        method = isinstance(call.func, ast.Attribute) and call.func.attr in VERBS
        handed_on = bool(call.args) and isinstance(call.args[0], ast.Name)
        place = 0 if method else 1 if handed_on and isinstance(call.func, ast.Name) else None
        if place is None or len(call.args) <= place:
            continue
        argument = call.args[place]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def names_of(page: str) -> set[str]:
    """Return the names in the tables of names, and those that an example in a table quotes."""
    tables = re.findall(r"^\| name \|.*?(?=^$|\Z)", page, re.MULTILINE | re.DOTALL)
    rows = "\n".join(tables)
    return {*re.findall(r"^\| `(\w+)`", rows, re.MULTILINE), *re.findall(r'`?\{"(\w+)":', rows)} | {
        *re.findall(r', "(\w+)": …', rows)
    }


READ = {
    name
    for file in python_files()
    if name_of(file).startswith(FOLDER)
    for name in names_read(parsed(file))
}


def test_every_name_that_is_read_is_documented() -> None:
    """An administrator finds each name on the page."""
    assert READ - names_of(PAGE) == _OF_THE_FILE


def test_every_documented_name_is_read() -> None:
    """What the page promises is not refused as an unknown name."""
    assert names_of(PAGE) - READ == set()


@pytest.mark.parametrize(
    "code", ['at.text("sneaky")', 'at.flag("sneaky", True)', 'read_parts(at, "sneaky", [])']
)
def test_a_name_that_is_read_would_be_seen(code: str) -> None:
    """By a method of the reader, or by a function that is given one."""
    assert set(names_read(ast.parse(code))) == {"sneaky"}


def test_a_documented_name_would_be_seen() -> None:
    """In a table of names, and in no other."""
    page = "| name | holds |\n|---|---|\n| `sneaky` | nothing |\n\n| word |\n|---|\n| `no` |\n"
    assert names_of(page) == {"sneaky"}
