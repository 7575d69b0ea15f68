"""Every code is declared once, has a sentence, is documented, and is produced by some test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pytest

from shared_code.errors import Code, ConnectorError, ErrorInfo, Reason
from shared_code.wiring.codes import ERRORS, REASONS, check_sentences, declared
from tests.house.repository import ROOT, calls, name_of, parsed, python_files
from tools.documents import documents

_BY_CLASS = {
    "storage_unavailable": "NotStored",
    "write_conflict": "Conflict",
    "settings_invalid": "SettingsInvalid",
}
"""Errors whose class implies the code."""
_STATUSES = {0, 200, 400, 401, 403, 404, 409, 410, 411, 413, 415, 503}
_CONSTRUCTORS = {"ErrorInfo", "Reason", "as_error"}


@cache
def _tested() -> frozenset[str]:
    """Return what the tests use: names (except those only imported), and texts."""
    files = [file for file in python_files("tests") if "/house/" not in name_of(file)]
    nodes = [node for file in files for node in ast.walk(parsed(file))]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    expected = [call for file in files for name, call in calls(parsed(file)) if name == "raises"]
    raised = {f"raises {ast.unparse(call.args[0])}" for call in expected}
    return frozenset(names | texts | raised)


def _constants() -> Iterator[tuple[str, str]]:
    """Return the name of each constant of shared_code that is an error or reason, and its kind."""
    for file in python_files("shared_code"):
        for node in parsed(file).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                made = node.value.func
                how = made.id if isinstance(made, ast.Name) else getattr(made, "attr", "")
                if how in _CONSTRUCTORS:
                    yield from ((ast.unparse(target), how) for target in node.targets)


def _by_name(kind: str) -> list[str]:
    return sorted(name for name, how in _constants() if (how == "Reason") == (kind == "Reason"))


def test_the_assembled_tables_are_total() -> None:
    """Each constant is in its table under its own name, and nothing else is."""
    assert _by_name("ErrorInfo") == sorted(code.upper() for code in ERRORS)
    assert _by_name("Reason") == sorted(code.upper() for code in REASONS)


def test_codes_are_written_down_in_constants_only() -> None:
    """No code is made of a literal text anywhere else."""
    literals = [
        (name_of(file), node.lineno)
        for file in python_files("shared_code", "functions")
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Code"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(literals) == len([how for _, how in _constants() if how != "as_error"])


@pytest.mark.parametrize("error", ERRORS.values(), ids=lambda error: error.code)
def test_an_error_is_complete(error: ErrorInfo) -> None:
    """A sentence, a known status, and an acknowledgement exactly where the status is 200."""
    assert error.sentence.endswith(".")
    assert error.sentence.isascii()
    assert error.status in _STATUSES
    assert bool(error.acknowledgement) == bool(error.condition) == (error.status == 200)
    assert error.acknowledgement in ("", "AE", "AR")
    assert str(ConnectorError(error)) == error.sentence


@pytest.mark.parametrize("reason", REASONS.values(), ids=str)
def test_a_reason_is_complete_and_found_by_its_code(reason: Reason) -> None:
    """It has a sentence; what a row keeps of it is equal to it, and has the same hash."""
    assert reason.sentence.endswith(".")
    assert reason.sentence.isascii()
    assert {reason} == {Reason(Code(str(reason)))}


def test_a_code_that_is_declared_twice_is_refused() -> None:
    """Two constants with one code stop the assembly, also an error and a reason that disagree."""
    one, other = ModuleType("one"), ModuleType("other")
    vars(one)["A"], vars(other)["B"] = Reason(Code("a"), "A."), Reason(Code("a"), "B.")

    with pytest.raises(ValueError, match="a is declared twice"):
        declared(Reason, [one, other])
    with pytest.raises(ValueError, match="a is declared twice"):
        check_sentences({Code("a"): ErrorInfo(Code("a"), "A.")}, {Code("a"): vars(other)["B"]})


def test_the_documented_table_is_the_code() -> None:
    """docs/error-codes.md is what `python -m tools.documents` writes, and names every code."""
    written = (ROOT / "docs" / "error-codes.md").read_text(encoding="utf-8")
    assert documents()["docs/error-codes.md"] == written
    rows = set(re.findall(r"^\| `(\w+)` \|", written, re.MULTILINE))
    assert ERRORS.keys() | REASONS.keys() == rows


def test_every_code_is_produced_by_a_test() -> None:
    """A code that no test expects is untested."""
    untried = [
        code
        for code in sorted(ERRORS.keys() | REASONS.keys())
        if not {code, code.upper(), f"raises {_BY_CLASS.get(code)}"} & _tested()
    ]
    assert untried == []
