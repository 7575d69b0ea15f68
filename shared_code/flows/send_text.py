"""
One text to one patient: everything is checked before the claim, then one POST, then its outcome.

The claim (insert-if-absent) is what keeps two workers, two queue messages or a restart from
texting twice; domain/sending.py holds the rule. Three honest outcomes: accepted, not sent with a
reason, unknown.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.domain import sending
from shared_code.domain.agenda import LOOK_AGAIN, AgendaRow, Duty
from shared_code.domain.appointment import Appointment, Status
from shared_code.domain.connection import Connection, Environment
from shared_code.domain.sending import Step
from shared_code.domain.text_message import TextRecord, TextRef, TextState, measure
from shared_code.errors import Conflict, ErrorCode, NotStored
from shared_code.flows import patience
from shared_code.flows.patient_links import LinkMaker, make_link
from shared_code.flows.problems import raise_problem
from shared_code.ports import (
    SMS_OUTBOUND,
    Accepted,
    Agenda,
    Appointments,
    Clock,
    Connections,
    NotSent,
    OutcomeUnknown,
    OutgoingText,
    Problems,
    Queues,
    RefusedText,
    SendResult,
    Texts,
    TextSender,
    Wording,
)
from shared_code.security import keys
from shared_code.security.keys import Rings

_REQUESTS = uuid.UUID("6f5f2f0e-3f0c-5d0a-9b57-3c1f6a0d9e11")
_CLAIM_CHECK = timedelta(minutes=1)
BY_AGENDA = "agenda"
"""In a hint's `by`: the agenda sent it and will look again."""
RETENTION = timedelta(days=180)
"""How long the outcome of a text is kept for reports."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What sending needs. `maker` names this worker."""

    connections: Connections
    appointments: Appointments
    agenda: Agenda
    texts: Texts
    queues: Queues
    problems: Problems
    sender: TextSender
    wording: Wording
    links: LinkMaker
    rings: Rings
    clock: Clock
    maker: str


@dataclass(frozen=True, slots=True)
class _Occasion:
    """One look at one text: what was read before anything was decided."""

    ref: TextRef
    connection: Connection
    appointment: Appointment
    now: datetime


def send_work(work: Mapping[str, str], dispatch: Dispatch) -> None:
    """
    Works on one hint. What has to wait puts it back, but for a hint of the agenda's: the agenda
    looks again anyway, and in a long outage its hints would become many.

    Raises ValueError for a hint that names no text: only a foreign message can be that, and it
    ends as a dead letter.
    """
    ref = TextRef.parse(work.get("text", ""))
    with logs.bound(
        correlation=work.get("correlation", ""),
        connection=ref.subject.connection,
        row=ref.subject.row,
        version=str(ref.version),
        kind=ref.kind,
    ):
        try:
            delay = _send(ref, dispatch)
        except (NotStored, Conflict) as error:
            logs.warn("text.again", code=error.code)
            delay = patience.delay_after(patience.attempt_of(work))
        if delay is not None and work.get("by") != BY_AGENDA:
            patience.try_again(dispatch.queues, SMS_OUTBOUND, work, delay)


def _send(ref: TextRef, dispatch: Dispatch) -> int | None:
    """Returns the seconds after which the hint must come back, or None when it is done."""
    stored, now = dispatch.texts.load(ref), dispatch.clock()
    record = stored.value if stored else None
    etag = stored.etag if stored else None
    if record is not None and record.is_final():
        return None
    found = dispatch.appointments.load(ref.subject)
    appointment = found.value if found else None
    connection = dispatch.connections.find(ref.subject.connection)
    obstacle = _obstacle(ref, appointment, connection, now, dispatch.rings)
    plan = sending.plan(record, obstacle, now)
    if plan.step is Step.WAIT:
        return max(1, round(plan.wait.total_seconds()))
    if plan.step is Step.GIVE_UP:
        _give_up(record, etag, now, dispatch)
        return None
    if appointment is None or connection is None or obstacle:
        outcome = record or TextRecord(ref, TextState.READY)
        declined = sending.finish(outcome, TextState.NOT_SENT, now, obstacle)
        dispatch.agenda.add([_retirement(ref, now)])
        _write(declined, etag, dispatch)
        logs.event("text.not_sent", code=obstacle)
        return None
    if not connection.may_text_now():
        dispatch.agenda.add([AgendaRow(now + LOOK_AGAIN, Duty.SEND, str(ref), str(ref.version))])
        logs.event("text.held", code=ErrorCode.CONNECTION_NOT_APPROVED)
        return None
    occasion = _Occasion(ref, connection, appointment, now)
    return _claim_and_post(occasion, record, etag, dispatch)


def _obstacle(
    ref: TextRef,
    appointment: Appointment | None,
    connection: Connection | None,
    now: datetime,
    rings: Rings,
) -> ErrorCode | None:
    """The reason why this text must not be sent now; all of it is read afresh."""
    if appointment is None or appointment.version != ref.version:
        return ErrorCode.SUPERSEDED
    if appointment.status is not Status.ACTIVE:
        return ErrorCode.SUPERSEDED
    if connection is None or connection.sms is None:
        return ErrorCode.SMS_NOT_ENABLED
    return _obstacle_of_patient(appointment, connection, now, rings)


def _obstacle_of_patient(
    appointment: Appointment, connection: Connection, now: datetime, rings: Rings
) -> ErrorCode | None:
    sms = connection.sms
    if sms is not None and appointment.order.moment < sms.enabled_since:
        return ErrorCode.BEFORE_SMS_ENABLED
    if appointment.blocked:
        return appointment.blocked
    if appointment.start is None or appointment.start <= now:
        return ErrorCode.DEADLINE_PASSED
    if appointment.phone is None:
        return ErrorCode.PHONE_MISSING
    recipient = recipient_hash(rings, connection.tenant, appointment.phone)
    if connection.environment is Environment.TEST and recipient not in connection.allow_list:
        return ErrorCode.NOT_ON_ALLOW_LIST
    return None


def recipient_hash(rings: Rings, tenant: str, phone: str) -> str:
    """How allow-lists name a number (E.164)."""
    return keys.keyed_hash(rings.hash, "recipient", tenant, phone)


def _claim_and_post(
    occasion: _Occasion,
    record: TextRecord | None,
    etag: str | None,
    dispatch: Dispatch,
) -> int | None:
    ref, now = occasion.ref, occasion.now
    link = make_link(occasion.appointment, dispatch.links, dispatch.rings)
    words = dispatch.wording.confirmation(occasion.connection, occasion.appointment, link)
    body_hash = hashlib.sha256(words.encode("utf-8")).hexdigest()
    repeats = record is not None and record.state is TextState.CLAIMED
    if record is not None and repeats and record.body_hash != body_hash:
        _give_up(record, etag, now, dispatch)
        return None
    if record is not None and repeats:
        mine = sending.take_over(record, dispatch.maker, now)
    else:
        mine = sending.claim(record, ref, dispatch.maker, now, body_hash)
        mine = replace(mine, segments=measure(words).segments)
    version = str(ref.version)
    dispatch.agenda.add(
        [
            AgendaRow(now + _CLAIM_CHECK, Duty.CLAIM_CHECK, str(ref), version),
            _retirement(ref, now),
        ]
    )
    etag = _write(mine, etag, dispatch)
    logs.event("text.claimed", attempt=mine.armed + 1, count=mine.repeats)
    result = dispatch.sender.send(_outgoing(occasion, mine, words))
    return _record(mine, etag, result, dispatch)


def _retirement(ref: TextRef, now: datetime) -> AgendaRow:
    """The row that erases the outcome: the same for every attempt, so that one row does it."""
    midnight = datetime(ref.day.year, ref.day.month, ref.day.day, tzinfo=now.tzinfo)
    return AgendaRow(midnight + RETENTION, Duty.RETIRE_TEXT, str(ref))


def _outgoing(occasion: _Occasion, record: TextRecord, words: str) -> OutgoingText:
    sms, phone = occasion.connection.sms, occasion.appointment.phone
    if sms is None or phone is None or record.first_sent is None:
        raise Conflict  # _obstacle() has refused these; whoever changed them will be re-read
    return OutgoingText(
        from_number=sms.from_number,
        to=phone,
        body=words,
        tag=str(record.ref),
        request_id=str(uuid.uuid5(_REQUESTS, f"{record.ref}~{record.armed}")),
        first_sent=record.first_sent,
    )


def _record(mine: TextRecord, etag: str, result: SendResult, dispatch: Dispatch) -> int | None:
    now, in_doubt = dispatch.clock(), mine.repeats > 0
    logs.event("text.answered", outcome=type(result).__name__, segments=mine.segments)
    match result:
        case Accepted(message_id):
            sent = sending.finish(mine, TextState.ACCEPTED, now)
            _write_outcome(replace(sent, message_id=message_id), etag, dispatch)
            logs.event("text.sent", segments=mine.segments)
            return None
        case RefusedText(reason) if not in_doubt:
            refused = sending.finish(mine, TextState.NOT_SENT, now, reason)
            _write_outcome(refused, etag, dispatch)
            logs.warn("text.not_sent", code=reason)
            return None
        case NotSent(retry_after) if not in_doubt:
            delay = max(retry_after or 0, patience.delay_after(mine.armed + 1))
            delay = min(delay, patience.LONGEST_SLEEP)
            _write_outcome(sending.rearm(mine, now + timedelta(seconds=delay)), etag, dispatch)
            return delay
        case OutcomeUnknown() | RefusedText() | NotSent():
            plan = sending.plan(mine, None, now)
            return max(1, round(plan.wait.total_seconds()))


def _give_up(
    record: TextRecord | None, etag: str | None, now: datetime, dispatch: Dispatch
) -> None:
    """Nobody can tell any more: the text is not tried again and a person is told."""
    if record is None:
        return
    ref = record.ref
    connection = dispatch.connections.find(ref.subject.connection)
    raise_problem(
        ErrorCode.OUTCOME_UNKNOWN,
        str(ref),
        now,
        **({"tenant": connection.tenant} if connection else {}),
        connection=ref.subject.connection,
        agenda=dispatch.agenda,
        problems=dispatch.problems,
    )
    unknown = sending.finish(record, TextState.UNKNOWN, now, ErrorCode.OUTCOME_UNKNOWN)
    _write(unknown, etag, dispatch)
    logs.warn("text.unknown", code=ErrorCode.OUTCOME_UNKNOWN)


def _write(record: TextRecord, etag: str | None, dispatch: Dispatch) -> str:
    """Insert-if-absent or replace-if-unchanged. Raises Conflict when somebody was first."""
    if etag is None:
        return dispatch.texts.insert(record)
    return dispatch.texts.replace(record, etag)


def _write_outcome(record: TextRecord, etag: str, dispatch: Dispatch) -> None:
    """
    Writes what the service said. If another worker took the claim over meanwhile, an acceptance
    is still the truth; anything else is the other worker's matter now.
    """
    try:
        dispatch.texts.replace(record, etag)
    except Conflict:
        current = dispatch.texts.load(record.ref)
        if record.state is not TextState.ACCEPTED or current is None:
            return
        dispatch.texts.replace(record, current.etag)
