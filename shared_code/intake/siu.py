"""
One SIU message (HL7 v2.5.1 chapter 10) to the event the connector understands.

Runs behind the queue, never at the door. The only module that imports hl7apy, and only inside
the function that needs it: hl7apy reads single fields, always by the dictionary of version
2.5.1, and where it refuses or says something else the splitter's value stands (it loses
segments, moves components and damages escapes in messages that real senders send).
Whatever the input, only Refused leaves here, and it carries no word of the input.
"""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from shared_code import wall_clock
from shared_code.connections.domain import Connection
from shared_code.errors import Code, ErrorInfo, Refused
from shared_code.hl7.languages import language_tag
from shared_code.hl7.message import NULL, Message, Path, Segment, check_limits, limited_to
from shared_code.hl7.schedule_event import (
    DELETED,
    MESSAGE_TIME_UNREADABLE,
    RESOURCE_CHANGES,
    SUPPORTED,
    Deleted,
    PatientId,
    ScheduleEvent,
)
from shared_code.hl7.statuses import read_deceased, says_cancelled
from shared_code.hl7.times import read_message_time
from shared_code.intake.identifiers import read_occurrence, read_patients
from shared_code.intake.patient_groups import parts_of
from shared_code.intake.phones import read_phone
from shared_code.intake.visit_times import read_length, read_minor, read_start
from shared_code.wall_clock import LocalTime

MESSAGE_UNPARSEABLE = ErrorInfo(Code("message_unparseable"), "The message cannot be parsed.")

DICTIONARY = "2.5.1"

# hl7apy is quadratic in the parts of one field; what is longer than any real field stays ours.
_MAX_LENGTH = 512
_MAX_PARTS = 40
_MAX_FIELDS = 64

# Resource segments whose second field is the action code; D: deleted (table 0206, §10.6).
_RESOURCES = frozenset({"AIS", "AIG", "AIL", "AIP"})

# What is read in any message besides the segments that the connection's paths name.
_ALWAYS_READ = frozenset({"MSH", "SCH", "TQ1", "PID", "PV1", "NK1", "RGS"}) | _RESOURCES

type _Name = tuple[str, str | None]


def read_schedule_events(text: str, connection: Connection) -> tuple[ScheduleEvent, ...]:
    """
    What the message says of each appointment, by this connection's field paths: normally of one.

    Raises Refused(NOT_HL7 | MESSAGE_OVER_LIMITS | MESSAGE_UNPARSEABLE) and nothing else.
    """
    try:
        message = limited_to(Message.read(text), _segments_read(connection))
        return _events(message, connection)
    except Refused:
        raise
    except Exception:  # noqa: BLE001 - one hostile message must end as a dead letter, not a loop
        raise Refused(MESSAGE_UNPARSEABLE) from None


def read_processing_id(text: str) -> str:
    """
    MSH-11 in capitals, "" where nothing is said: of any message, whatever else is wrong with it.

    Raises Refused(NOT_HL7).
    """
    return _processing_id(Message.read(text))


def _segments_read(connection: Connection) -> frozenset[str]:
    """The names of all segments that are looked into."""
    paths = connection.fields
    rules = (connection.virtual_visits, connection.consent)
    named = (
        *paths.starts,
        *(paths.key, paths.phone, paths.guardian_phone, paths.birth_date, paths.language),
        *(paths.patient, paths.department, paths.csn_path(), paths.occurrence_path()),
        *(rule.path for rule in rules if rule),
    )
    return _ALWAYS_READ | {path.partition("-")[0] for path in named}


def _events(message: Message, connection: Connection) -> tuple[ScheduleEvent, ...]:
    """One for each appointment that the patient groups of the message name."""
    paths = connection.fields

    def name(part: Message) -> _Name | None:
        fields = _Fields(part)
        key = fields.first(Path.parse(paths.key))
        return (key, read_occurrence(fields, paths.occurrence_path())) if key else None

    def identifiers(part: Message) -> tuple[PatientId, ...]:
        return read_patients(_Fields(part), paths.patient)

    events = []
    for part in parts_of(message, name, identifiers):
        event = _event(_Fields(part.message), connection)
        events.append(event.of_several() if part.several else event)
    return tuple(events)


class _Fields:
    """The message's fields as hl7apy and the splitter agree on them."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self._left = _MAX_FIELDS
        self._read_before: dict[tuple[str, str], str] = {}

    def header(self, field: int) -> str:
        """A field of MSH, where the splitter alone is asked."""
        return self.message.value(Path("MSH", field))

    def segments(self, name: str) -> list[Segment]:
        """The segments of that name, without resources the message takes away."""
        deletable = name in _RESOURCES
        found = self.message.named(name)
        return [one for one in found if not (deletable and one.raw(2).strip() == "D")]

    def first(self, path: Path) -> str | None:
        """The value in the first segment and repetition; None when empty or null."""
        for segment in self.segments(path.segment)[:1]:
            for repetition in self.repetitions(segment, path.field)[:1]:
                value = self.part(repetition, path)
                return None if value == NULL else value or None
        return None

    def said(self, path: Path) -> str | Deleted | None:
        """The same, but a null is DELETED."""
        for segment in self.segments(path.segment)[:1]:
            for repetition in self.repetitions(segment, path.field)[:1]:
                value = self.part(repetition, path)
                return DELETED if value == NULL else value or None
        return None

    def values(self, path: Path) -> list[str]:
        """All values in all segments and repetitions, nulls included, without empty ones."""
        found = (
            self.part(repetition, path)
            for segment in self.segments(path.segment)
            for repetition in self.repetitions(segment, path.field)
        )
        return [value for value in found if value]

    def part(self, repetition: str, path: Path) -> str:
        """One part of a repetition, unescaped and trimmed."""
        raw = self.message.raw_part(repetition, path.component, path.subcomponent)
        return self.message.text(raw)

    def components(self, repetition: str) -> list[str]:
        """All components, unescaped and trimmed; the subcomponents of one are one text."""
        return list(map(self.message.text, repetition.split(self.message.encoding.component)))

    def repetitions(self, segment: Segment, field: int) -> list[str]:
        """The field's repetitions in ER7. Raises Refused(MESSAGE_OVER_LIMITS)."""
        check_limits(segment.raw(field), self.message.encoding)
        name = f"{segment.name}_{field}"
        return [self._read(name, raw) for raw in self.message.raw_repetitions(segment, field)]

    def _read(self, name: str, raw: str) -> str:
        if (name, raw) not in self._read_before:
            self._read_before[name, raw] = self._read_now(name, raw)
        return self._read_before[name, raw]

    def _read_now(self, name: str, raw: str) -> str:
        encoding = self.message.encoding
        ends = encoding.component + encoding.subcomponent
        parts = sum(map(raw.count, ends))
        escaped = bool(encoding.escape) and encoding.escape in raw
        plain = parts == 0 and not escaped  # nothing to read: the text is the value
        known = not name.startswith(("Z", "MSH", "NTE"))
        if plain or not known or len(raw) > _MAX_LENGTH or parts > _MAX_PARTS or not self._left:
            return raw
        self._left -= 1
        read = _er7(name, raw, self.message)
        return read if read is not None and read == raw.rstrip(ends) else raw


def _er7(name: str, raw: str, message: Message) -> str | None:
    import hl7apy.v2_5_1  # noqa: F401 - its lazy import inside hl7apy is slower and once raced
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.parser import parse_field

    encoding = message.encoding
    characters = {
        "GROUP": "\r",
        "SEGMENT": "\r",
        "FIELD": encoding.field,
        "COMPONENT": encoding.component,
        # hl7apy needs a character for each; control characters stand in for those left out.
        "SUBCOMPONENT": encoding.subcomponent or "\x1f",
        "REPETITION": encoding.repetition,
        "ESCAPE": encoding.escape or "\x1e",
    }
    try:
        field = parse_field(raw, name, DICTIONARY, characters, VALIDATION_LEVEL.TOLERANT)
        return str(field.to_er7(characters))
    except Exception:  # noqa: BLE001 - it also leaks IndexError, TypeError, ValueError
        return None


def _event(fields: _Fields, connection: Connection) -> ScheduleEvent:
    message, paths = fields.message, connection.fields
    kind = message.value(Path("MSH", 9, 1)).upper()
    trigger = message.value(Path("MSH", 9, 2)).upper()
    key = fields.first(Path.parse(paths.key))
    if kind != "SIU" or trigger not in SUPPORTED or key is None:
        raise Refused(MESSAGE_UNPARSEABLE)  # the door lets none of them pass
    minutes = read_length(fields)
    start, about_start = read_start(fields, connection, trigger, minutes)
    created = read_message_time(fields.header(7))
    about_time = () if created else (MESSAGE_TIME_UNREADABLE,)
    day = start if isinstance(start, LocalTime) else created
    minor, about_minor = read_minor(fields, connection, trigger, day)
    phone, about_phone = read_phone(fields, connection, minor is True)
    return ScheduleEvent(
        trigger=trigger,
        key=key,
        control_id=fields.header(10),
        created=created,
        processing_id=_processing_id(fields.message),
        start=start,
        phone=phone,
        patients=read_patients(fields, paths.patient),
        language=_language(fields, Path.parse(paths.language)),
        department=fields.first(Path.parse(paths.department)),
        visit_codes=_visit_codes(fields, connection, trigger),
        remarks=about_start + about_phone + about_time + about_minor,
        consent=fields.said(Path.parse(connection.consent.path)) if connection.consent else None,
        minor=minor,
        csn=fields.first(Path.parse(paths.csn_path())),
        minutes=minutes,
        occurrence=read_occurrence(fields, paths.occurrence_path()),
        deceased=_deceased(fields, connection, created or start),
        status_cancels=_status_cancels(fields, connection),
    )


def _language(fields: _Fields, path: Path) -> str | None:
    """
    By the code, else by the text beside it: a site's own codes are numbers. The usual codes of
    Chinese do not say the script, but the text may.
    """
    tag = language_tag(fields.first(path) or "")
    if tag not in (None, "zh") or path.component != 1 or path.subcomponent is not None:
        return tag
    said = language_tag(fields.first(replace(path, component=2)) or "")
    return said if tag is None or (said or "").startswith("zh-") else tag


def _processing_id(message: Message) -> str:
    value = message.value(Path("MSH", 11))
    return "" if value == NULL else value.upper()


def _deceased(
    fields: _Fields, connection: Connection, when: LocalTime | Deleted | None
) -> bool | None:
    """Whether the patient is dead; a date of death counts up to the day of the message."""
    zone, today = ZoneInfo(connection.epic_zone), None
    if isinstance(when, LocalTime):
        today = wall_clock.resolve(when, zone).utc.astimezone(zone).date()
    return read_deceased(fields.said(Path("PID", 30, 1)), fields.said(Path("PID", 29, 1)), today)


def _status_cancels(fields: _Fields, connection: Connection) -> bool | None:
    """Whether SCH-25 says so in any of its parts."""
    message = fields.message
    encoding, said = message.encoding, message.raw("SCH", 25)
    check_limits(said, encoding)
    ends = re.escape(encoding.repetition + encoding.component + encoding.subcomponent)
    parts = re.split(f"[{ends}]", said)
    return says_cancelled(map(message.text, parts), connection.cancelled_statuses)


def _visit_codes(fields: _Fields, connection: Connection, trigger: str) -> tuple[str, ...] | None:
    rule = connection.virtual_visits
    if rule is None:
        return None
    path = Path.parse(rule.path)
    values, left = fields.values(path), fields.segments(path.segment)
    taken_away = len(left) < len(fields.message.named(path.segment))
    codes = tuple(value for value in values if value != NULL)
    added = path.segment in _RESOURCES and all(one.raw(2).strip() == "A" for one in left)
    if added and not taken_away and trigger in RESOURCE_CHANGES and not rule.matches(codes):
        return None  # what was booked before is still there
    return codes if values or taken_away else None
