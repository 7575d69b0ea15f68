"""
Read what a connection says of its messages: where the fields are, which visits and values count.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared_code.connections.adapters.json_reader import Reader
from shared_code.connections.adapters.values import check_smallest_part, read_parts
from shared_code.connections.domain import (
    Connection,
    ConsentRule,
    FieldPaths,
    TimesOf,
    VirtualVisitRule,
)
from shared_code.hl7.message import Path


def read_processing_ids(at: Reader) -> frozenset[str] | None:
    """Return the values of MSH-11 that count; None: the usual ones."""
    if not at.has("processing_ids"):
        return None
    found = at.texts("processing_ids", r"[A-Za-z]?")
    if not found:
        at.wrong("processing_ids", "must hold a value")
    return frozenset(map(str.upper, found))


def read_cancelled_statuses(at: Reader) -> frozenset[str]:
    """Return the codes of SCH-25 that mean cancelled."""
    found = at.all_checked("cancelled_statuses", check_smallest_part, ())
    return frozenset(map(str.upper, found))


def check_times(sections: Sequence[Reader], found: Sequence[Connection]) -> None:
    """Add a problem for each connection with times of departments, none of which has a zone."""
    for at, connection in zip(sections, found, strict=True):
        if connection.times_of is TimesOf.DEPARTMENT and not connection.display_zones:
            at.wrong("times_of", "must be epic as long as display_zones names no department")


def read_fields(at: Reader | None) -> FieldPaths:
    """Return where the fields of this site's messages are."""
    usual = FieldPaths()
    if at is None:
        return usual
    paths = FieldPaths(
        key=at.checked("key", Path.parse, usual.key),
        starts=_starts(at, usual.starts),
        phone=at.checked("phone", Path.parse, usual.phone),
        guardian_phone=at.checked("guardian_phone", Path.parse, usual.guardian_phone),
        birth_date=at.checked("birth_date", Path.parse, usual.birth_date),
        language=at.checked("language", Path.parse, usual.language),
        patient=at.checked("patient", Path.parse, usual.patient),
        department=at.checked("department", Path.parse, usual.department),
        csn=at.checked("csn", Path.parse, usual.csn),
        occurrence=_occurrence(at),
    )
    at.end()
    return paths


def _starts(at: Reader, usual: tuple[str, ...]) -> tuple[str, ...]:
    starts = at.all_checked("starts", Path.parse, usual)
    if not starts:
        at.wrong("starts", "must hold a path")
    return starts


def _occurrence(at: Reader) -> str | None:
    """None where it is left out; "" says that the feed knows no occurrences."""
    if not at.has("occurrence"):
        return None
    said = at.text("occurrence", r"(?s).*")
    return at.checked("occurrence", Path.parse) if said else ""


def read_virtual_visits(at: Reader | None) -> VirtualVisitRule | None:
    """Return which visits are virtual."""
    if at is None:
        return None
    rule = VirtualVisitRule(
        every_visit=at.flag("every_visit", False),
        path=at.checked("path", Path.parse, VirtualVisitRule().path),
        codes=read_parts(at, "codes"),
    )
    if not rule.every_visit and not rule.codes:
        at.wrong("codes", "must hold a code, or every_visit must be true")
    if rule.every_visit and rule.codes:
        at.wrong("codes", "must be left out where every_visit is true")
    at.end()
    return rule


def read_consent(at: Reader | None) -> ConsentRule | None:
    """Return which values mean consent to texts."""
    if at is None:
        return None
    rule = ConsentRule(at.checked("path", Path.parse), read_parts(at, "allowed"))
    if not rule.allowed:
        at.wrong("allowed", "must hold a value")
    at.end()
    return rule
