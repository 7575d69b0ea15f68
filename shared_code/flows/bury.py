"""
Dead letters: what could not be worked on is kept whole, sealed, for at most seven days, and no
longer than the phone of the visit that it is about would be, where it can be read.

The agenda row that erases a letter is written before the letter itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from shared_code import logs
from shared_code.domain import wall_clock
from shared_code.domain.agenda import AgendaRow, Duty
from shared_code.domain.connection import Connection
from shared_code.domain.wall_clock import LocalTime
from shared_code.errors import ErrorCode, Refused
from shared_code.flows import patience
from shared_code.flows.problems import UNASSIGNED, raise_problem
from shared_code.flows.sealed_message import retire, unpack
from shared_code.hl7 import framing
from shared_code.hl7.siu import read_schedule_event
from shared_code.ports import (
    HL7_INBOUND,
    QUEUES,
    Agenda,
    Audit,
    AuditEntry,
    Clock,
    Connections,
    DeadLetter,
    DeadLetters,
    Payloads,
    Problems,
    Queues,
)
from shared_code.security.keys import Rings

RETIRE_LETTER = Duty("retire_letter")
"""A duty of the agenda: it names a dead letter."""
KEPT = timedelta(days=7)
_LARGEST_INLINE = 44_000
"""Characters of base64 that still fit a queue message with everything around them."""


@dataclass(frozen=True, slots=True)
class Graveyard:
    """What burying and digging up needs."""

    connections: Connections
    agenda: Agenda
    dead_letters: DeadLetters
    problems: Problems
    payloads: Payloads
    queues: Queues
    audit: Audit
    rings: Rings
    grace: timedelta
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is buried, and how long it is kept (UTC)."""

    content: str
    queue: str
    code: ErrorCode
    connection: Connection | None
    until: datetime


def bury_work(work: Mapping[str, str], queue: str, code: ErrorCode, yard: Graveyard) -> str:
    """Keeps the work and tells somebody. Returns the letter's id; twice is as good as once."""
    whole = _self_contained(work, yard.payloads)
    connection = yard.connections.find(whole.get("connection", ""))
    latest = yard.clock() + KEPT
    visit = _end_of_visit(work, connection, yard) if connection and queue == HL7_INBOUND else None
    until = min(visit, latest) if visit else latest
    return _bury(_Letter(json.dumps(whole, sort_keys=True), queue, code, connection, until), yard)


def drain_poison(yard: Graveyard) -> int:
    """Moves everything that failed five times into dead letters. Returns how much there was."""
    count = 0
    for queue in QUEUES:
        bury = partial(_bury_poison, queue, yard)
        count += yard.queues.drain_poison(queue, bury)
    return count


def replay(letter_id: str, yard: Graveyard) -> None:
    """Puts a letter's work back on its queue. Raises Refused, and NotStored to try again."""
    letter = yard.dead_letters.find(letter_id)
    if letter is None:
        raise Refused(ErrorCode.DEAD_LETTER_UNKNOWN)
    work = _work_in(letter.content)
    if work is None:
        raise Refused(ErrorCode.PAYLOAD_UNREADABLE)
    # buried again it is another letter
    work["replay"] = str(patience.number_in(work, "replay", 0) + 1)
    fit = _fit_for_queue(work, yard.payloads)
    yard.audit.record(AuditEntry(letter.tenant, "replay", letter.id, yard.clock()))
    yard.queues.send(letter.queue, fit)
    yard.dead_letters.remove(letter_id)
    logs.event("letter.replayed", letter=letter_id, queue=letter.queue)


def _bury_poison(queue: str, yard: Graveyard, text: str) -> None:
    work = _work_in(text)
    if work is None:
        until = yard.clock() + KEPT
        _bury(_Letter(text, queue, ErrorCode.PAYLOAD_UNREADABLE, None, until), yard)
    else:
        bury_work(work, queue, ErrorCode.ATTEMPTS_EXHAUSTED, yard)
        retire(work, yard.agenda, yard.clock())


def _end_of_visit(
    work: Mapping[str, str], connection: Connection, yard: Graveyard
) -> datetime | None:
    """Start and grace of the visit that a message is about; None where that cannot be read."""
    try:
        message = unpack(work, yard.rings.payload, yard.payloads)
        text = framing.decode(message.content, message.charset or None)
        start = read_schedule_event(text, connection).start
    except Refused:
        return None
    if not isinstance(start, LocalTime):
        return None
    return wall_clock.resolve(start, ZoneInfo(connection.epic_zone)).utc + yard.grace


def _bury(letter: _Letter, yard: Graveyard) -> str:
    now, connection = yard.clock(), letter.connection
    tenant = connection.tenant if connection else UNASSIGNED
    digest = hashlib.sha256(f"{letter.queue}|{letter.content}".encode()).hexdigest()[:24]
    letter_id = f"{tenant}~{now:%Y%m%d}~{digest}"
    known = connection.id if connection else ""
    yard.agenda.add([AgendaRow(letter.until, RETIRE_LETTER, letter_id)])
    yard.dead_letters.bury(
        DeadLetter(letter_id, tenant, known, letter.queue, letter.code, now, letter.content)
    )
    raise_problem(
        letter.code,
        letter_id,
        now,
        tenant=tenant,
        connection=known,
        agenda=yard.agenda,
        problems=yard.problems,
    )
    logs.warn(
        "letter.buried", code=letter.code, queue=letter.queue, letter=letter_id, connection=known
    )
    return letter_id


def _fit_for_queue(work: dict[str, str], payloads: Payloads) -> dict[str, str]:
    """What is too large for a queue message goes into a blob again."""
    if len(work.get("sealed", "")) <= _LARGEST_INLINE:
        return work
    try:
        sealed = base64.b64decode(work.pop("sealed"), validate=True)
    except ValueError:
        raise Refused(ErrorCode.PAYLOAD_UNREADABLE) from None
    work["blob"] = f"replayed-{hashlib.sha256(sealed).hexdigest()}"
    payloads.put(work["blob"], sealed)
    return work


def _self_contained(work: Mapping[str, str], payloads: Payloads) -> dict[str, str]:
    """
    A blob beside the work would be erased before the letter: take it in. How often the work was
    tried makes no other letter of it.
    """
    whole = {name: value for name, value in work.items() if name != "attempt"}
    name = whole.pop("blob", "")
    sealed = payloads.get(name) if name else None
    if sealed is not None:
        whole["sealed"] = base64.b64encode(sealed).decode("ascii")
    return whole


def _work_in(text: str) -> dict[str, str] | None:
    """The work of an envelope, or of bare work; None when it is neither."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError, binascii.Error):
        return None
    work = value.get("work", value) if isinstance(value, dict) else None
    if not isinstance(work, dict) or not all(isinstance(item, str) for item in work.values()):
        return None
    return {str(name): item for name, item in work.items()}
