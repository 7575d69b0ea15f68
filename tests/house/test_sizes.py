"""Modules and functions are small enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

from tests.house.repository import ROOMS, ROOT, name_of, parsed, python_files

LONGEST_MODULE = 400
LONGEST_DOOR = 60
LONGEST_APP = 40
LARGEST_MEDIAN = 110
LONGEST_FUNCTION = 40


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def _longer_than(limit: int, found: list[Path]) -> list[str]:
    return [f"{name_of(file)}: {_lines(file)} lines" for file in found if _lines(file) > limit]


def long_functions(tree: ast.Module, limit: int) -> list[str]:
    """Return functions with more lines than the limit, docstring and decorators included."""
    return [
        f"{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > limit
    ]


def test_modules_are_short() -> None:
    """No module of ours, test or product, is longer than the hard limit."""
    everything = [file for file in python_files() if "tests/conformance" not in name_of(file)]
    assert _longer_than(LONGEST_MODULE, everything) == []


def test_doors_are_shorter() -> None:
    """A function module decodes, calls one flow and encodes; the app only registers."""
    assert _longer_than(LONGEST_DOOR, python_files("functions")) == []
    assert _longer_than(LONGEST_APP, [ROOT / "function_app.py"]) == []


def test_the_median_module_is_small() -> None:
    """Half of the product's modules fit two screens."""
    product = python_files("function_app.py", "functions", "shared_code")
    assert median(_lines(file) for file in product) <= LARGEST_MEDIAN


def test_functions_fit_a_screen() -> None:
    """No function of the product, the local machine or the tools is longer than the limit."""
    found = [
        f"{name_of(file)}:{function}"
        for file in python_files("function_app.py", *ROOMS)
        for function in long_functions(parsed(file), LONGEST_FUNCTION)
    ]
    assert found == []


def test_a_long_function_is_seen() -> None:
    """One line more than the limit is reported."""
    body = "    pass\n" * LONGEST_FUNCTION
    assert long_functions(ast.parse(f"def fits():\n{body}".rstrip()[:-9]), LONGEST_FUNCTION) == []
    assert long_functions(ast.parse(f"def large():\n{body}"), LONGEST_FUNCTION) == [
        f"1 large: {LONGEST_FUNCTION + 1} lines"
    ]
