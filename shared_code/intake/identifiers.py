"""Whose visit a message is about, and which visit of a series."""

from __future__ import annotations

from typing import Protocol

from shared_code.appointments.domain import plain_occurrence
from shared_code.hl7.message import NULL, Path, Segment
from shared_code.hl7.schedule_event import PatientId

_NO_PATIENT = frozenset(
    {"SS", "SSN", "DL", "DLN", "PPN", "PASSPORT", "AN", "ACCT", "FIN", "HAR", "VN", "CSN"}
)
"""
Types (CX.5, table 0203, and as sites write them) that do not tell who somebody is: social security,
licence and passport numbers are typed from papers or shared, accounts and visits are not the
patient's.
"""


class IdentifierFields(Protocol):
    """What of a message's fields is needed."""

    def segments(self, name: str) -> list[Segment]:
        """The segments of that name."""

    def repetitions(self, segment: Segment, field: int) -> list[str]:
        """The field's repetitions in ER7."""

    def part(self, repetition: str, path: Path) -> str:
        """One part of a repetition, unescaped and trimmed."""

    def first(self, path: Path) -> str | None:
        """The value in the first segment and repetition; None when empty or null."""


def read_patients(fields: IdentifierFields, where: str) -> tuple[PatientId, ...]:
    """
    Every identifier of the patient in the first segment. In a CX, CX.4 says who assigned it: where
    it has a name and a universal id, the number counts under either.
    """
    path = Path.parse(where)
    found = []
    for segment in fields.segments(path.segment)[:1]:
        for repetition in fields.repetitions(segment, path.field):
            number, authorities = fields.part(repetition, path), [""]
            if path.component in (None, 1):
                if _part(fields, repetition, path, 5).upper() in _NO_PATIENT:
                    continue
                authorities = _authorities(fields, repetition, path) or [""]
            if number not in ("", NULL):
                found += [PatientId(number, authority) for authority in authorities]
    return tuple(dict.fromkeys(found))


def read_occurrence(fields: IdentifierFields, where: str) -> str | None:
    """Which visit of its series, if `where` is a path at all."""
    said = fields.first(Path.parse(where)) if where else None
    return None if said is None else plain_occurrence(said)


def _authorities(fields: IdentifierFields, repetition: str, path: Path) -> list[str]:
    """The namespace and the universal id of an HD, as far as they are said."""
    parts = (_part(fields, repetition, path, 4, part) for part in (1, 2))
    return [part for part in parts if part not in ("", NULL)]


def _part(
    fields: IdentifierFields, repetition: str, path: Path, component: int, part: int | None = None
) -> str:
    return fields.part(repetition, Path(path.segment, path.field, component, part))
