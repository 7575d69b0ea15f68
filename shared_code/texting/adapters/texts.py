"""
Table `texts`: the claim on each text and its outcome; no number and no words.

Partition: connection and UTC date of the version's start; row: appointment, version, kind,
offset, so that one prefix finds all texts of an appointment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from shared_code.appointments.domain import AppointmentRef, Version
from shared_code.errors import Code, Reason
from shared_code.language.template_names import TemplateName
from shared_code.rows import Stored
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_optional, row, written
from shared_code.texting import TEXTS
from shared_code.texting.domain.text import (
    Audience,
    Composed,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)

_DAY = re.compile(r"[0-9]{8}", re.ASCII)


class TableTexts:
    """The port Texts."""

    def __init__(self, account: StorageAccount) -> None:
        self._table = Table(account, TEXTS)

    def load(self, ref: TextRef) -> Stored[TextRecord] | None:
        """The record, or None."""
        found = self._table.get(*_keys(ref))
        return Stored(_read(ref, found.value), found.etag) if found else None

    def insert(self, record: TextRecord) -> str:
        """Returns the ETag. Raises Conflict when somebody was first."""
        return self._table.insert(_write(record))

    def replace(self, record: TextRecord, etag: str) -> str:
        """Returns the new ETag. Raises Conflict when the ETag differs."""
        return self._table.replace(_write(record), etag)

    def of(self, subject: AppointmentRef, day: date) -> Sequence[TextRecord]:
        """The records of an appointment under one day."""
        first = f"{subject.row}~"
        rows = self._table.rows(
            "PartitionKey eq @day and RowKey ge @first and RowKey lt @last",
            day=_partition(subject, day),
            first=first,
            last=f"{first}\x7f",
        )
        return [_read(_ref(subject, day, found["RowKey"]), found) for found in rows]

    def to(self, connection: str, recipient: str) -> Iterator[TextRecord]:
        """The records of a connection's texts to one number, read page by page."""
        prefix = f"{connection}-"
        rows = self._table.rows(
            "PartitionKey ge @first and PartitionKey lt @last and recipient eq @recipient",
            first=f"{prefix}0",
            last=f"{prefix}:",
            recipient=recipient,
        )
        for found in rows:
            day = found["PartitionKey"].removeprefix(prefix)
            if _DAY.fullmatch(day):  # else of a connection whose id begins with this one's
                subject = AppointmentRef(connection, found["RowKey"].partition("~")[0])
                yield _read(_ref(subject, date.fromisoformat(day), found["RowKey"]), found)

    def remove(self, ref: TextRef) -> None:
        """Erase it. Does nothing if it does not exist."""
        self._table.remove(*_keys(ref))


def _partition(subject: AppointmentRef, day: date) -> str:
    return f"{subject.connection}-{day:%Y%m%d}"


def _keys(ref: TextRef) -> tuple[str, str]:
    row_key = f"{ref.subject.row}~{ref.version}~{ref.kind}~{ref.offset}"
    return _partition(ref.subject, ref.day), row_key


def _ref(subject: AppointmentRef, day: date, row_key: str) -> TextRef:
    _, version, kind, offset = row_key.split("~")
    return TextRef(subject, Version.parse(version), TextKind(kind), int(offset), day)


def _write(record: TextRecord) -> Row:
    kept = row(
        *_keys(record.ref),
        state=record.state.value,
        claimed_by=record.claimed_by,
        resets=record.resets,
        repeats=record.repeats,
        claimed_at=written(record.claimed_at),
        first_sent=written(record.first_sent),
        not_before=written(record.not_before),
        held_by=record.held_by or None,
        slot=written(record.slot),
        in_doubt=record.in_doubt or None,
        reason=record.reason.code if record.reason else None,
        message_id=record.message_id,
        finished_at=written(record.finished_at),
        delivery=record.delivery or None,
        delivery_at=written(record.delivery_at),
        delivery_reason=record.delivery_reason or None,
        department=record.audience.department or None,
        country=record.audience.country or None,
        language=record.audience.language or None,
    )
    return {**kept, **_written_words(record.composed)}


def _written_words(composed: Composed | None) -> Row:
    if composed is None:
        return {}
    start = written(composed.start)
    return {
        "template": composed.template.value,
        "first": composed.first,
        "recipient": composed.recipient,
        "body_hash": composed.body_hash,
        "segments": composed.segments,
        **({"start": start} if start else {}),
    }


def _read_words(found: Row) -> Composed | None:
    if "template" not in found:
        return None
    return Composed(
        template=TemplateName(found["template"]),
        first=found["first"],
        recipient=found["recipient"],
        body_hash=found["body_hash"],
        segments=found["segments"],
        start=read_optional(found.get("start")),
    )


def _read(ref: TextRef, found: Row) -> TextRecord:
    reason = found.get("reason")
    return TextRecord(
        ref=ref,
        state=TextState(found["state"]),
        claimed_by=found["claimed_by"],
        resets=found["resets"],
        repeats=found["repeats"],
        claimed_at=read_optional(found.get("claimed_at")),
        first_sent=read_optional(found.get("first_sent")),
        not_before=read_optional(found.get("not_before")),
        held_by=found.get("held_by", ""),
        slot=read_optional(found.get("slot")),
        composed=_read_words(found),
        in_doubt=found.get("in_doubt", False),
        reason=Reason(Code(reason)) if reason else None,
        message_id=found["message_id"],
        finished_at=read_optional(found.get("finished_at")),
        delivery=found.get("delivery", ""),
        delivery_at=read_optional(found.get("delivery_at")),
        delivery_reason=found.get("delivery_reason", ""),
        audience=Audience(
            found.get("department", ""), found.get("country", ""), found.get("language", "")
        ),
    )
