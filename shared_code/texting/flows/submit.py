"""
The words of a text, the claim, one request, and what its answer means for the record.

Three honest outcomes: accepted, not sent with a reason, unknown. Nothing is asked here that
rules.py has asked before.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs, retry
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import Appointment
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.errors import Conflict, NotStored
from shared_code.language.template_names import TemplateName
from shared_code.links.flows import PatientLinks
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import UNASSIGNED, Owner
from shared_code.security.keys import Rings
from shared_code.texting.domain import claims, lateness
from shared_code.texting.domain.metrics import Metric, counted
from shared_code.texting.domain.plan import CLAIM_CHECK, RETIRE_TEXT
from shared_code.texting.domain.reasons import OUTCOME_UNKNOWN, SUPERSEDED
from shared_code.texting.domain.text import (
    CANCELLATION_NOTICES,
    Composed,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
    measure,
)
from shared_code.texting.flows.counting import Counting, count_change, count_posted
from shared_code.texting.flows.rules import Look
from shared_code.texting.ports import (
    Accepted,
    CircuitBreaker,
    NotSent,
    OutcomeUnknown,
    OutgoingText,
    RefusedText,
    SendResult,
    Texts,
    TextSender,
    Wording,
)

_REQUESTS = uuid.UUID("6f5f2f0e-3f0c-5d0a-9b57-3c1f6a0d9e11")
_CLAIM_CHECK = timedelta(minutes=1)
RETENTION = timedelta(days=180)
"""How long the outcome of a text is kept for reports."""


@dataclass(frozen=True, slots=True)
class Poster:
    """
    What posting needs. `worker` names this worker, `confirmation_delay` is how long texts wait for
    corrections.
    """

    agenda: Agenda
    texts: Texts
    problems: Problems
    sender: TextSender
    wording: Wording
    links: PatientLinks
    rings: Rings
    counting: Counting
    confirmation_delay: timedelta
    clock: Clock
    worker: str


@dataclass(frozen=True, slots=True)
class Words:
    """
    A text composed for one patient, and since when (UTC) it could go. Never logged; of it
    `composed` alone is stored.
    """

    ref: TextRef
    connection: Connection
    from_number: str
    phone: str
    body: str
    composed: Composed
    could_go: datetime


def compose(
    look: Look,
    appointment: Appointment,
    connection: Connection,
    before: TextRecord | None,
    poster: Poster,
) -> Words:
    """
    The words, from what was really told to this number before. A text that is claimed already
    keeps what was found out then: its repeat must say the same.
    """
    sms, phone = connection.sms, appointment.phone
    if sms is None or phone is None:
        raise Conflict  # text_gates.obstacle() has refused these; who changed them is re-read
    known = before.composed if before and before.state is TextState.CLAIMED else None
    template = known.template if known else _template(look)
    first = known.first if known else not look.notified()
    tenant, has_link = connection.tenant, look.ref.kind not in CANCELLATION_NOTICES
    link = poster.links.make(appointment, tenant) if has_link else ""
    body = poster.wording.text(template, connection, appointment, link, first=first)
    digest = hashlib.sha256(body.encode("utf-8")).hexdigest()
    composed = Composed(template, first, look.recipient, digest, measure(body).segments)
    could_go = lateness.could_go_at(look.ref, appointment, connection, poster.confirmation_delay)
    return Words(look.ref, connection, sms.from_number, phone, body, composed, could_go)


def _template(look: Look) -> TemplateName:
    if look.ref.kind is TextKind.CONFIRMATION:
        new = look.last_notice() in (None, *CANCELLATION_NOTICES)
        return TemplateName.SCHEDULED if new else TemplateName.CHANGED
    return {
        TextKind.CANCELLATION: TemplateName.CANCELLED,
        TextKind.NO_LONGER_VIRTUAL: TemplateName.NO_LONGER_VIRTUAL,
        TextKind.REMINDER: TemplateName.REMINDER,
    }[look.ref.kind]


def claim_and_post(
    mine: TextRecord,
    etag: str | None,
    words: Words,
    circuit: CircuitBreaker,
    poster: Poster,
    is_current: Callable[[], bool],
) -> int | None:
    """
    Writes the claim, posts, writes the outcome. Raises Conflict when another worker was first.

    `is_current` is asked between the claim and the post: a newer version is written before its
    text looks at the claims of others, so one of the two sees the other.

    Returns the seconds after which to come back, or None when the text has its outcome.
    """
    now, version, is_new = poster.clock(), str(words.ref.version), etag is None
    poster.agenda.add(
        [
            AgendaRow(now + _CLAIM_CHECK, CLAIM_CHECK, str(words.ref), version),
            retirement(words.ref, now),
        ]
    )
    etag = write(mine, etag, poster)
    logs.event("text.claimed", attempt=mine.resets + 1, count=mine.repeats)
    if not is_current():
        _withdraw(mine, etag, words, poster)
        circuit.release(poster.clock())
        return None
    result = poster.sender.send(_outgoing(mine, words))
    logs.event("text.answered", outcome=type(result).__name__, segments=words.composed.segments)
    try:
        metrics, delay = _record(mine, etag, result, poster)
    finally:
        with suppress(NotStored, Conflict):  # what was sent is recorded, whatever happens here
            circuit.record(_is_answer(result), poster.clock())
    metrics |= {Metric.DUE} if is_new else set()
    count_posted(words.ref.subject, metrics, words.could_go, poster.counting)
    return delay


def _withdraw(mine: TextRecord, etag: str, words: Words, poster: Poster) -> None:
    """The version is not the appointment's any more; an earlier request may have been executed."""
    if mine.repeats:
        give_up(mine, etag, words.connection, poster)
        return
    late = claims.finish(mine, TextState.NOT_SENT, poster.clock(), SUPERSEDED)
    write(late, etag, poster)
    logs.event("text.not_sent", code=SUPERSEDED.code)


def retirement(ref: TextRef, now: datetime) -> AgendaRow:
    """The row that erases the outcome: the same for every attempt, so that one row does it."""
    midnight = datetime(ref.day.year, ref.day.month, ref.day.day, tzinfo=now.tzinfo)
    return AgendaRow(midnight + RETENTION, RETIRE_TEXT, str(ref))


def write(record: TextRecord, etag: str | None, poster: Poster) -> str:
    """Insert-if-absent or replace-if-unchanged. Raises Conflict when somebody was first."""
    try:
        if etag is None:
            return poster.texts.insert(record)
        return poster.texts.replace(record, etag)
    except Conflict:
        stored = poster.texts.load(record.ref)  # the answer to our own write may have been lost
        if stored is None or stored.value != record:
            raise
        return stored.etag


def give_up(
    record: TextRecord, etag: str | None, connection: Connection | None, poster: Poster
) -> None:
    """Nobody can tell any more: the text is not tried again and a person is told."""
    ref, now = record.ref, poster.clock()
    tenant = connection.tenant if connection else UNASSIGNED.tenant
    owner = Owner(tenant, ref.subject.connection)
    poster.problems.report(OUTCOME_UNKNOWN.code, str(ref), now, owner)
    unknown = claims.finish(record, TextState.UNKNOWN, now, OUTCOME_UNKNOWN)
    write(unknown, etag, poster)
    count_change(record, unknown, poster.counting)
    logs.warn("text.unknown", code=OUTCOME_UNKNOWN.code)


def _outgoing(record: TextRecord, words: Words) -> OutgoingText:
    if record.first_sent is None:
        raise Conflict  # a claim always has one
    return OutgoingText(
        from_number=words.from_number,
        to=words.phone,
        body=words.body,
        tag=str(record.ref),
        request_id=str(uuid.uuid5(_REQUESTS, f"{record.ref}~{record.resets}")),
        first_sent=record.first_sent,
    )


def _is_answer(result: SendResult) -> bool:
    """A no and *later* are answers; silence, a broken or refused connection are none."""
    if isinstance(result, NotSent):
        return result.opened
    return not isinstance(result, OutcomeUnknown)


def _record(
    mine: TextRecord, etag: str, result: SendResult, poster: Poster
) -> tuple[Set[Metric], int | None]:
    """What the answer counts, and the seconds after which to come back."""
    now, in_doubt = poster.clock(), mine.repeats > 0
    match result:
        case Accepted(message_id):
            sent = claims.finish(mine, TextState.ACCEPTED, now)
            metrics = _write_outcome(replace(sent, message_id=message_id), mine, etag, poster)
            logs.event("text.sent", segments=mine.composed.segments if mine.composed else 0)
            return metrics, None
        case RefusedText(reason) if not in_doubt:
            refused = claims.finish(mine, TextState.NOT_SENT, now, reason)
            metrics = _write_outcome(refused, mine, etag, poster)
            logs.warn("text.not_sent", code=reason.code)
            return metrics, None
        case NotSent(retry_after) if not in_doubt:
            delay = max(retry_after or 0, retry.delay_after(mine.resets + 1))
            delay = min(delay, retry.LONGEST_SLEEP)
            ready = claims.reset(mine, now + timedelta(seconds=delay))
            return _write_outcome(ready, mine, etag, poster), delay
        case OutcomeUnknown() | RefusedText() | NotSent():
            plan = claims.plan(mine, None, now)
            return frozenset(), max(1, round(plan.wait.total_seconds()))


def _write_outcome(record: TextRecord, mine: TextRecord, etag: str, poster: Poster) -> Set[Metric]:
    """
    Writes what the service said, and returns what that counts. If another worker took the claim
    over meanwhile, an acceptance is still the truth; anything else is the other worker's matter
    now.
    """
    try:
        poster.texts.replace(record, etag)
    except Conflict:
        current = poster.texts.load(record.ref)
        if record.state is not TextState.ACCEPTED or current is None:
            return frozenset()
        reported = current.value
        record = replace(record, delivery=reported.delivery, delivery_at=reported.delivery_at)
        poster.texts.replace(record, current.etag)
        return counted(reported, record, poster.clock())
    return counted(mine, record, poster.clock())
