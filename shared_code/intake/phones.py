"""
Whose telephone number a message names for texts: the patient's, or a minor's guardian's.

What a number is and whether it may be texted is said in hl7/phones.py; here it is only found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared_code.connections.domain import Connection, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.message import Path, Segment
from shared_code.hl7.phone_words import refuses_texts
from shared_code.hl7.phones import PhoneRules, organizations_numbers, pick_number
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


def read_phone(
    fields: TelecomFields, connection: Connection, minor: bool
) -> tuple[str | Deleted | None, _Remarks]:
    """The patient's number; for a minor a guardian's, or none, as the connection wants it."""
    if minor and connection.minors is MinorsRule.NOBODY:
        return None, ()
    rules = _phone_rules(fields, connection)
    if minor and connection.minors is MinorsRule.GUARDIAN:
        return _guardians_phone(fields, connection, rules)
    path = Path.parse(connection.fields.phone)
    of_site = path.segment.startswith("Z")
    segments = fields.segments(path.segment)[: None if of_site else 1]
    telecoms = [each for one in segments for each in _telecoms(fields, one, path)]
    return _picked(telecoms, rules)


def _guardians_phone(
    fields: TelecomFields, connection: Connection, rules: PhoneRules
) -> tuple[str | Deleted | None, _Remarks]:
    """The number of the first guardian who has a usable one."""
    path = Path.parse(connection.fields.guardian_phone)
    wanted = {each.casefold() for each in connection.guardian_relationships}
    unusable, deleted = False, False
    for segment in fields.segments(path.segment):
        telecoms = _telecoms(fields, segment, path)
        if segment.name == "NK1" and wanted.isdisjoint(_relationship(fields, segment)):
            unusable = unusable or any(map(any, telecoms))
            continue
        number, remarks = _picked(telecoms, rules)
        if isinstance(number, str):
            return number, ()
        unusable, deleted = unusable or bool(remarks), deleted or number is DELETED
    if deleted:
        return DELETED, ()
    return None, (PHONE_UNUSABLE,) if unusable else ()


def _relationship(fields: TelecomFields, segment: Segment) -> set[str]:
    """What NK1-3 says, by code and by word."""
    return {
        part.casefold()
        for repetition in fields.repetitions(segment, 3)[:1]
        for part in fields.components(repetition)
    }


def _telecoms(fields: TelecomFields, segment: Segment, path: Path) -> list[list[str]]:
    """
    The field as XTN, or plain numbers where the path names a component; what refuses texts beside
    a plain number is heard.
    """
    repetitions = fields.repetitions(segment, path.field)
    if path.component is None:
        return [fields.components(each) for each in repetitions]
    return [
        [fields.part(each, path), *filter(refuses_texts, fields.components(each))]
        for each in repetitions
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
        mobile=frozenset(map(str.casefold, connection.phone_mobile)),
        harmless=frozenset(map(str.casefold, connection.harmless_remarks)),
        work=connection.work_phones,
        own=own | {connection.sms.from_number} if connection.sms else own,
        day=made.wall.date() if made else None,
    )
