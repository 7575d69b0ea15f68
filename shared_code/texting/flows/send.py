"""
One text to one patient: everything is asked before the claim; after it the version once more, then
one POST, then its outcome.

The claim (insert-if-absent) is what keeps two workers, two queue messages or a restart from
texting twice; domain/claims.py holds the rule, rules.py what is asked before, submit.py
the request and what its answer means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs, retry
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import Appointment
from shared_code.appointments.ports import Appointments
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Conflict, NotStored, Reason
from shared_code.oversight.ports import Owner
from shared_code.queues import Queues
from shared_code.texting.domain import claims
from shared_code.texting.domain.claims import Step
from shared_code.texting.domain.metrics import is_missed
from shared_code.texting.domain.plan import SEND
from shared_code.texting.domain.rate import SEGMENTS_PER_SLOT, Reservation
from shared_code.texting.domain.reasons import TOO_MANY_TEXTS
from shared_code.texting.domain.text import TextRecord, TextRef, TextState, is_urgent
from shared_code.texting.flows import rules, submit
from shared_code.texting.flows.counting import count_change
from shared_code.texting.flows.rules import Gates, Look
from shared_code.texting.flows.submit import Poster, Words
from shared_code.texting.ports import CircuitBreaker, RateWindow

OUTAGE = "outage"
BY_AGENDA = "agenda"
"""In a hint's `by`: the agenda sent it and will look again."""
_WORTH_AN_AGENDA_ROW = timedelta(minutes=5)
"""What waits longer is better on the agenda than in the queue."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What sending needs."""

    connections: Connections
    appointments: Appointments
    queues: Queues
    circuit: CircuitBreaker
    rate: RateWindow
    gates: Gates
    poster: Poster


@dataclass(frozen=True, slots=True)
class _Later:
    """
    When the hint comes back. `in_person`: this hint and no other, because the slot that it booked
    passes quickly; the agenda would always come too late for it.
    """

    seconds: int
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """The record as it was read, if there is one."""

    record: TextRecord | None
    etag: str | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A text that nothing stands in the way of."""

    look: Look
    appointment: Appointment
    connection: Connection
    text: _Text


def send_work(work: Mapping[str, str], queue: str, dispatch: Dispatch) -> None:
    """
    Works on one hint. What has to wait puts it back on `queue`, but for a hint of the agenda's:
    the agenda looks again anyway, and in a long outage its hints would become many.

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
            later = _send(ref, dispatch)
        except (NotStored, Conflict) as error:
            logs.warn("text.again", code=error.code)
            later = _Later(retry.delay_after(retry.attempt_of(work)))
        if later is None or (work.get("by") == BY_AGENDA and not later.in_person):
            return
        mine = {name: value for name, value in work.items() if name != "by"}
        retry.try_again(dispatch.queues, queue, mine, later.seconds)


def _send(ref: TextRef, dispatch: Dispatch) -> _Later | None:
    """When the hint must come back, or None when it is done."""
    stored, now = dispatch.poster.texts.load(ref), dispatch.poster.clock()
    text = _Text(stored.value if stored else None, stored.etag if stored else None)
    if text.record is not None and text.record.is_final():
        return None
    look = _look(ref, now, dispatch)
    obstacle = rules.obstacle(look, dispatch.gates)
    plan = claims.plan(text.record, obstacle, now)
    if plan.step is Step.WAIT:
        return _Later(max(1, round(plan.wait.total_seconds())))
    if plan.step is Step.GIVE_UP and text.record is not None:
        submit.give_up(text.record, text.etag, look.connection, dispatch.poster)
        return None
    if look.appointment is None or look.connection is None or obstacle:
        _decline(look, text, obstacle, dispatch)
        return None
    wanted = _Wanted(look, look.appointment, look.connection, text)
    if plan.step is Step.CLAIM:
        return _claim(wanted, dispatch)
    return _repeat(wanted, dispatch)


def _look(ref: TextRef, now: datetime, dispatch: Dispatch) -> Look:
    found = dispatch.appointments.load(ref.subject)
    appointment = found.value if found else None
    days = {ref.day, *(appointment.notified_dates if appointment else ())}
    records = [
        record for day in sorted(days) for record in dispatch.poster.texts.of(ref.subject, day)
    ]
    connection = dispatch.connections.find(ref.subject.connection)
    recipient = ""
    if connection and appointment and appointment.phone:
        recipient = recipient_hash(dispatch.gates.rings, connection.tenant, appointment.phone)
    return Look(ref, appointment, connection, records, recipient, now)


def _claim(wanted: _Wanted, dispatch: Dispatch) -> _Later | None:
    look = wanted.look
    held = rules.hold(look, wanted.appointment, wanted.connection, dispatch.gates)
    if held is not None:
        return _wait_until(held.until, held.code, wanted, dispatch)
    probe_at = dispatch.circuit.acquire(look.now)
    if probe_at is not None:
        return _wait_until(probe_at, OUTAGE, wanted, dispatch)
    try:
        look = replace(look, now=dispatch.poster.clock())  # asking may have taken seconds
        return _claim_in_turn(replace(wanted, look=look), dispatch)
    except (NotStored, Conflict):
        dispatch.circuit.release(look.now)
        raise


def _claim_in_turn(wanted: _Wanted, dispatch: Dispatch) -> _Later | None:
    """The service answers, as far as anybody knows; what became of the turn is told."""
    look, poster = wanted.look, dispatch.poster
    words = _compose(wanted, dispatch)
    begins = _slot(wanted, words, dispatch)
    if begins > look.now:
        dispatch.circuit.release(look.now)
        return _wait_until(begins, claims.SLOT, wanted, dispatch)
    now = poster.clock()
    mine = claims.claim(wanted.text.record, words.ref, poster.worker, now, words.composed)
    return _post(mine, words, wanted, dispatch)


def _post(mine: TextRecord, words: Words, wanted: _Wanted, dispatch: Dispatch) -> _Later | None:
    def is_current() -> bool:
        found = dispatch.appointments.load(wanted.look.ref.subject)
        return found is not None and found.value.version == wanted.look.ref.version

    delay = submit.claim_and_post(
        mine, wanted.text.etag, words, dispatch.circuit, dispatch.poster, is_current
    )
    return None if delay is None else _Later(delay)


def _slot(wanted: _Wanted, words: Words, dispatch: Dispatch) -> datetime:
    look, sms, start = wanted.look, wanted.connection.sms, wanted.appointment.start
    if claims.has_slot(wanted.text.record, look.now):
        return look.now
    if sms is None or start is None:
        raise Conflict  # rules.obstacle() has refused these; who changed them is re-read
    reservation = Reservation(
        wanted.connection.id,
        words.composed.segments,
        SEGMENTS_PER_SLOT[sms.number_kind],
        urgent=is_urgent(look.ref, start, look.now) or _missed_its_slot(wanted.text.record),
    )
    return dispatch.rate.reserve(sms.from_number, reservation, look.now)


def _missed_its_slot(record: TextRecord | None) -> bool:
    """It woke too late for the slot that it had booked: it does not queue at the end again."""
    return record is not None and record.slot is not None


def _compose(wanted: _Wanted, dispatch: Dispatch) -> Words:
    look, before, poster = wanted.look, wanted.text.record, dispatch.poster
    return submit.compose(look, wanted.appointment, wanted.connection, before, poster)


def _repeat(wanted: _Wanted, dispatch: Dispatch) -> _Later | None:
    """The same request, or none: language, template or number may have changed meanwhile."""
    record, poster = wanted.text.record, dispatch.poster
    if record is None:
        return None
    words = _compose(wanted, dispatch)
    if record.composed != words.composed:
        submit.give_up(record, wanted.text.etag, wanted.connection, poster)
        return None
    mine = claims.take_over(record, poster.worker, poster.clock())
    return _post(mine, words, wanted, dispatch)


def _wait_until(
    until: datetime, held_by: str, wanted: _Wanted, dispatch: Dispatch
) -> _Later | None:
    """
    The record says until when it waits and why, so that no other hint asks before. A short wait
    and any slot are slept in the queue, to the second; what waits longer stands on the agenda.
    """
    look, poster = wanted.look, dispatch.poster
    wait = until - look.now
    rows = [submit.retirement(look.ref, look.now)]
    by_agenda = wait > _WORTH_AN_AGENDA_ROW and held_by != claims.SLOT
    if by_agenda:
        rows.append(AgendaRow(until, SEND, str(look.ref), str(look.ref.version)))
    poster.agenda.add(rows)
    held = claims.held(wanted.text.record, look.ref, until, held_by)
    submit.write(held, wanted.text.etag, poster)
    count_change(wanted.text.record, held, poster.counting)
    logs.event("text.held", code=held_by)
    if by_agenda:
        return None
    return _Later(math.ceil(wait.total_seconds()), in_person=held_by == claims.SLOT)


def _decline(look: Look, text: _Text, reason: Reason | None, dispatch: Dispatch) -> None:
    poster = dispatch.poster
    outcome = text.record or TextRecord(look.ref, TextState.READY)
    declined = claims.finish(outcome, TextState.NOT_SENT, look.now, reason)
    if reason == TOO_MANY_TEXTS and look.connection is not None:
        owner = Owner(look.connection.tenant, look.connection.id)
        poster.problems.report(TOO_MANY_TEXTS.code, str(look.ref), look.now, owner)
    poster.agenda.add([submit.retirement(look.ref, look.now)])
    submit.write(declined, text.etag, poster)
    count_change(text.record, declined, poster.counting)
    if declined.state is TextState.UNKNOWN:
        logs.warn("text.unknown", code=reason)
    else:
        (logs.warn if is_missed(declined) else logs.event)("text.not_sent", code=reason)
