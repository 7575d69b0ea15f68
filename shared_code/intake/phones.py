"""
Whose telephone number a message names for texts: the patient's, or a minor's guardian's.

What a number is and whether it may be texted is said in hl7/phones.py; here it is only found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from shared_code.connections.domain import Connection, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.message import Path, Segment
from shared_code.hl7.phones import (
    PhoneRules,
    organizations_numbers,
    pick_number,
    refusals,
    refused_elsewhere,
    wants_no_texts,
)
from shared_code.hl7.schedule_event import DELETED, PHONE_UNUSABLE, Deleted
from shared_code.hl7.times import read_time

type _Remarks = tuple[Reason, ...]


class TelecomFields(Protocol):
    """What of a message's fields is needed."""

    def header(self, field: int) -> str:
        """A field of MSH."""
        ...

    def segments(self, name: str) -> Sequence[Segment]:
        """The segments of that name."""
        ...

    def repetitions(self, segment: Segment, field: int) -> list[str]:
        """The field's repetitions in ER7."""
        ...

    def components(self, repetition: str) -> list[str]:
        """All components, unescaped."""
        ...

    def part(self, repetition: str, path: Path) -> str:
        """One part of a repetition, unescaped."""
        ...


_OTHER_FIELD = {("PID", 13): 14, ("PID", 14): 13}


def read_phone(
    fields: TelecomFields, connection: Connection, minor: bool
) -> tuple[str | Deleted | None, _Remarks]:
    """The patient's number; for a minor a guardian's, or none, as the connection wants it."""
    if minor and connection.minors is MinorsRule.NOBODY:
        return None, ()
    rules = _phone_rules(fields, connection)
    beside = _beside(fields, Path.parse(connection.fields.phone))
    if wants_no_texts(beside, rules):
        return None, (PHONE_UNUSABLE,)
    rules = replace(rules, refused=refused_elsewhere(beside, rules))
    if minor and connection.minors is MinorsRule.GUARDIAN:
        return _guardians_phone(fields, connection, rules)
    return _picked(_patients(fields, connection, rules), rules)


def _patients(fields: TelecomFields, connection: Connection, rules: PhoneRules) -> list[list[str]]:
    """The telecoms of the patient's own field."""
    path = Path.parse(connection.fields.phone)
    of_site = path.segment.startswith("Z")
    segments = fields.segments(path.segment)[: None if of_site else 1]
    return [each for one in segments for each in _telecoms(fields, one, path, rules)]


def _beside(fields: TelecomFields, path: Path) -> list[list[str]]:
    """The patient's other telephones (PID-14 beside PID-13): they are heard, never texted."""
    other = _OTHER_FIELD.get((path.segment, path.field))
    if other is None:
        return []
    segments = fields.segments(path.segment)[:1]
    return [fields.components(each) for one in segments for each in fields.repetitions(one, other)]


def _guardians_phone(
    fields: TelecomFields, connection: Connection, rules: PhoneRules
) -> tuple[str | Deleted | None, _Remarks]:
    """
    The number of the first guardian who has a usable one.

    A number that is refused anywhere in the message is nobody's; a patient or a person who wants
    no texts gets none by another field or segment either.
    """
    path = Path.parse(connection.fields.guardian_phone)
    patients = _patients(fields, connection, rules)
    found = [(each, _telecoms(fields, each, path, rules)) for each in fields.segments(path.segment)]
    if wants_no_texts(patients, rules):
        return None, (PHONE_UNUSABLE,)
    fields_read = (patients, *(telecoms for _, telecoms in found))
    refused = frozenset().union(*(refused_elsewhere(each, rules) for each in fields_read))
    silent = {_name(fields, each) for each, telecoms in found if wants_no_texts(telecoms, rules)}
    wanted = {_folded(each) for each in connection.guardian_relationships}
    read = [
        _picked(telecoms, replace(rules, refused=rules.refused | refused))
        if _may_decide(fields, segment, wanted, silent - {None})
        else (None, (PHONE_UNUSABLE,) if any(map(any, telecoms)) else ())
        for segment, telecoms in found
    ]
    return _first(read)


def _first(
    read: list[tuple[str | Deleted | None, _Remarks]],
) -> tuple[str | Deleted | None, _Remarks]:
    """The first number; without one what all segments say together."""
    for number, _ in read:
        if isinstance(number, str):
            return number, ()
    if any(number is DELETED for number, _ in read):
        return DELETED, ()
    return None, next((remarks for _, remarks in read if remarks), ())


def _may_decide(
    fields: TelecomFields, segment: Segment, wanted: set[str], silent: set[str | None]
) -> bool:
    """Whether the segment is of a guardian who has not refused texts in another one."""
    if segment.name != "NK1":
        return True
    of_guardian = not wanted.isdisjoint(_relationship(fields, segment))
    return of_guardian and _name(fields, segment) not in silent


def _name(fields: TelecomFields, segment: Segment) -> str | None:
    """Who an NK1 is about, by family and given name; None if it does not say."""
    if segment.name != "NK1":
        return None
    names = fields.repetitions(segment, 2)[:1]
    return " ".join(_folded(part) for each in names for part in fields.components(each)[:2]) or None


def _relationship(fields: TelecomFields, segment: Segment) -> set[str]:
    """What NK1-3 says, by code and by word."""
    return {
        _folded(part)
        for repetition in fields.repetitions(segment, 3)[:1]
        for part in fields.components(repetition)
    }


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _telecoms(
    fields: TelecomFields, segment: Segment, path: Path, rules: PhoneRules
) -> list[list[str]]:
    """
    The field as XTN, or plain numbers where the path names a component; what refuses texts beside
    a plain number is heard.
    """
    repetitions = fields.repetitions(segment, path.field)
    if path.component is None:
        return [fields.components(each) for each in repetitions]
    return [
        [fields.part(each, path), *refusals(fields.components(each), rules)] for each in repetitions
    ]


def _picked(telecoms: list[list[str]], rules: PhoneRules) -> tuple[str | Deleted | None, _Remarks]:
    if not any(map(any, telecoms)):
        return None, ()
    number = pick_number(telecoms, rules)
    return number, () if number else (PHONE_UNUSABLE,)


def _phone_rules(fields: TelecomFields, connection: Connection) -> PhoneRules:
    made = read_time(fields.header(7))
    own = organizations_numbers(connection.contact, connection.region)
    return PhoneRules(
        region=connection.region,
        allowed_regions=connection.allowed_regions,
        mobile=connection.phone_mobile,
        home=connection.phone_home,
        harmless=connection.harmless_remarks,
        work=connection.work_phones,
        own=own | {connection.sms.from_number} if connection.sms else own,
        day=made.wall.date() if made else None,
    )
