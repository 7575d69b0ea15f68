"""Every error code means something, is documented, and is produced by some test."""

from __future__ import annotations

import re
from functools import cache

import pytest

from shared_code.errors import TABLE, ConnectorError, ErrorCode
from tests.house.repository import ROOT, name_of, python_files
from tools.documents import documents

_BY_CLASS = {
    ErrorCode.STORAGE_UNAVAILABLE: "NotStored",
    ErrorCode.WRITE_CONFLICT: "Conflict",
    ErrorCode.SETTINGS_INVALID: "SettingsInvalid",
}
"""Errors whose class alone says the code."""
_STATUSES = {0, 200, 400, 401, 403, 404, 409, 410, 411, 413, 415, 503}


@cache
def _tests() -> str:
    files = [file for file in python_files("tests") if "/house/" not in name_of(file)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_the_table_is_total() -> None:
    """Each code has exactly one meaning."""
    assert set(TABLE) == set(ErrorCode)


def test_names_and_values_are_one() -> None:
    """The public name of a code is its name in the code, in lower case."""
    assert [code for code in ErrorCode if code.name.lower() != code.value] == []


@pytest.mark.parametrize("code", ErrorCode)
def test_a_meaning_is_complete(code: ErrorCode) -> None:
    """A sentence, a known status, and an acknowledgement exactly where the status is 200."""
    meaning = TABLE[code]
    assert meaning.sentence.endswith(".")
    assert meaning.sentence.isascii()
    assert meaning.status in _STATUSES
    assert bool(meaning.acknowledgement) == bool(meaning.condition) == (meaning.status == 200)
    assert meaning.acknowledgement in ("", "AE", "AR")
    assert str(ConnectorError(code)) == meaning.sentence


def test_the_documented_table_is_the_code() -> None:
    """docs/error-codes.md is what `python -m tools.documents` writes."""
    written = (ROOT / "docs" / "error-codes.md").read_text(encoding="utf-8")
    assert documents()["docs/error-codes.md"] == written


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_is_produced_by_a_test(code: ErrorCode) -> None:
    """A code that no test expects is a promise that nobody has tried."""
    spelling = rf"\w\.{code.name}\b|[\"'{{]{code}[\"':]"
    if code in _BY_CLASS:
        spelling += rf"|raises\({_BY_CLASS[code]}\b"
    assert re.search(spelling, _tests())
