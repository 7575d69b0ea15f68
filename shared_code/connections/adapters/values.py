"""
What a listed value must be to mean anything: it is compared with one part of a field, unescaped and
without outer blanks. A value that can never be equal to one is a mistake, not a setting.
"""

from __future__ import annotations

from shared_code.connections.adapters.json_reader import Reader
from shared_code.hl7.message import NULL

_BETWEEN_PARTS = frozenset("|^~\r\n")
_BETWEEN_SMALLEST_PARTS = _BETWEEN_PARTS | {"&"}


def check_part(value: str) -> None:
    """Raise ValueError unless the value can be that of a component."""
    _check(value, _BETWEEN_PARTS)


def check_smallest_part(value: str) -> None:
    """Raise ValueError unless the value can be that of a subcomponent."""
    _check(value, _BETWEEN_SMALLEST_PARTS)


def read_parts(at: Reader, name: str) -> frozenset[str]:
    """Return a list of values that are compared with a component."""
    return frozenset(at.all_checked(name, check_part, ()))


def _check(value: str, delimiters: frozenset[str]) -> None:
    if not value or value != value.strip():
        raise ValueError("must have no blank before or behind it")
    if not delimiters.isdisjoint(value):
        raise ValueError("must be one component alone, without a delimiter")
    if value == NULL:
        raise ValueError('must be a value; "" stands for none')
