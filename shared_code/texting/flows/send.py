"""
One text to one patient: read everything once, decide the next step, carry it out.

The claim (insert-if-absent) keeps two workers, two queue messages or a restart from texting twice.
What decides is in domain/next_step.py; the request and what its answer means are in submit.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs, retry
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import is_gone
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import Conflict, NotStored
from shared_code.oversight.flows.attempt import attempt
from shared_code.oversight.ports import CircuitBreaker, Switches
from shared_code.queues import Queues
from shared_code.security.keys import Rings
from shared_code.texting.domain import reasons
from shared_code.texting.domain.holds import BRAKE, CLAIMED, DISCARDED, OUTAGE, PAUSE
from shared_code.texting.domain.next_step import (
    Claim,
    Decline,
    Done,
    GiveUp,
    Repeat,
    Sendable,
    Wait,
    depends_on_stop,
    next_step,
)
from shared_code.texting.domain.number_day import Place
from shared_code.texting.domain.plan import SEND
from shared_code.texting.domain.rate import SEGMENTS_PER_SLOT, Reservation
from shared_code.texting.domain.text import SLOT, TextRecord, TextRef, TextState
from shared_code.texting.domain.text_snapshot import TextSnapshot
from shared_code.texting.flows.number_places import NumberPlaces
from shared_code.texting.flows.submit import ComposedText, SubmitText
from shared_code.texting.ports import OptOutSource, RateWindow, Texts

BY_AGENDA = "agenda"
"""In a hint's `by`: the agenda sent it and will look again."""
_LOOK_FOR_A_PLACE = 10
"""Seconds after which a text asks again whether earlier bookings have taken all places."""
_WORTH_AN_AGENDA_ROW = timedelta(minutes=5)
"""What waits longer is better on the agenda than in the queue."""


@dataclass(frozen=True, slots=True)
class _ComeBack:
    """
    When the hint comes back. `in_person`: this hint and no other, because the place in the rate
    that it reserved passes quickly; the agenda would always come too late for it.
    """

    seconds: int
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class SendText:
    """
    Sends the texts that hints on `sms-urgent` and `sms-outbound` name. `worker` names who claims
    them.
    """

    connections: Connections
    appointments: Appointments
    texts: Texts
    opt_outs: OptOuts
    opt_out_source: OptOutSource | None
    switches: Switches
    queues: Queues
    rings: Rings
    circuit: CircuitBreaker
    rate: RateWindow
    places: NumberPlaces
    submit: SubmitText
    clock: Clock
    worker: str

    def on_hint(self, work: Mapping[str, str], queue: str) -> None:
        """
        Work on one hint. What has to wait puts it back on `queue`, unless the agenda sent it: the
        agenda looks again anyway, and in a long outage its hints would become many.

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
                back = self._send(ref)
            except (NotStored, Conflict) as error:
                logs.warn("text.again", code=error.code)
                back = _ComeBack(retry.delay_after(retry.attempt_of(work)))
            if back is None or (work.get("by") == BY_AGENDA and not back.in_person):
                return
            mine = {name: value for name, value in work.items() if name != "by"}
            retry.try_again(self.queues, queue, mine, back.seconds)

    def _send(self, ref: TextRef) -> _ComeBack | None:
        """When the hint must come back, or None when it is done."""
        snapshot, now = self._read(ref), self.clock()
        if is_gone(snapshot.appointment) and not snapshot.before.is_final():
            self.submit.forget(ref)
            return None
        step = next_step(snapshot, now)
        if snapshot.service_stop is not None:
            self._note_stop(snapshot)
        match step:
            case Done():
                return None
            case Decline(reason):
                self.submit.finish(snapshot, TextState.NOT_SENT, reason)
                return None
            case GiveUp():
                self.submit.finish(snapshot, TextState.UNKNOWN, reasons.OUTCOME_UNKNOWN)
                return None
            case Wait():
                return self._wait(snapshot, step, now)
            case Claim(text) | Repeat(text):
                return self._request(text, is_repeat=isinstance(step, Repeat))

    def _request(self, text: Sendable, *, is_repeat: bool) -> _ComeBack | None:
        """Claim the text, in its turn, and make the request; or the same request once more."""
        snapshot = text.snapshot
        with attempt(self.circuit, self.clock, is_repeat=is_repeat) as request:
            now = self.clock()  # asking the circuit may have taken seconds
            if request.wait_until is not None:
                return self._wait(snapshot, Wait(request.wait_until, OUTAGE), now)
            place = Place.TAKEN if is_repeat else self.places.take(text)
            if place is Place.NONE:
                too_many = reasons.TOO_MANY_TEXTS
                self.submit.finish(snapshot, TextState.NOT_SENT, too_many, of_number=True)
                return None
            if place is Place.LATER:
                return _ComeBack(_LOOK_FOR_A_PLACE, in_person=True)
            message = self.submit.compose(text)
            if not is_repeat:
                begins = self._reserve(text, message.composed.segments, now)
                if begins > now:
                    return self._wait(snapshot, Wait(begins, SLOT), now)
                mine = snapshot.before.claimed(self.worker, self.clock(), message.composed)
            elif not _is_what_was_claimed(snapshot.before, message):  # language, template, number
                self.submit.finish(snapshot, TextState.UNKNOWN, reasons.OUTCOME_UNKNOWN)
                return None
            else:
                mine = snapshot.before.taken_over(self.worker, self.clock())
            count, seconds = self.submit.post(mine, text, message.body, request)
        self.submit.count(text, count)
        return None if seconds is None else _ComeBack(seconds)

    def _reserve(self, text: Sendable, segments: int, now: datetime) -> datetime:
        """When it may go. A text that woke too late for its place does not queue at the end."""
        before, sms = text.snapshot.before, text.sms
        if before.has_slot(now):
            return now
        urgent, limit = text.urgent or before.slot is not None, SEGMENTS_PER_SLOT[sms.number_kind]
        wanted = Reservation(text.connection.id, segments, limit, urgent)
        return self.rate.reserve(sms.from_number, wanted, now)

    def _wait(self, text: TextSnapshot, wait: Wait, now: datetime) -> _ComeBack | None:
        """
        The record says until when it waits and why, so that no other hint asks before. A short
        wait and a reserved place are slept in the queue; a longer one stands on the agenda.
        """
        seconds = (wait.until - now).total_seconds()
        held = text.before.held(wait.until, wait.why)
        if wait.why == CLAIMED or held == text.before:
            return _ComeBack(max(1, round(seconds)))
        ref, is_slot = text.ref, wait.why == SLOT
        by_agenda = wait.until - now > _WORTH_AN_AGENDA_ROW and not is_slot
        row = AgendaRow(wait.until, SEND, str(ref), str(ref.version))
        if wait.why == OUTAGE:
            self.submit.problems.report_hold(reasons.SMS_UNAVAILABLE, text)
        lost = wait.why == reasons.SMS_SETUP_MISSING.code
        if lost:
            self.submit.problems.report_hold(reasons.SMS_SETUP_MISSING, text)
        self.submit.change(text.before, text.etag, held, [row] if by_agenda else [])
        if lost:
            logs.warn("text.held", code=wait.why)
        else:
            logs.event("text.held", code=wait.why)
        return None if by_agenda else _ComeBack(math.ceil(seconds), in_person=is_slot)

    def _read(self, ref: TextRef) -> TextSnapshot:
        """Read everything that decides the text, each thing once."""
        stored = self.texts.load(ref)
        record, etag = (stored.value, stored.etag) if stored else (TextRecord(ref), "")
        if record.is_final():
            return TextSnapshot(record)
        found = self.appointments.load(ref.subject)
        appointment = found.value if found else None
        connection = self.connections.find(ref.subject.connection)
        record = self.submit.addressed(record, appointment, connection)
        snapshot = TextSnapshot(record, etag, appointment, connection)
        if appointment is None or appointment.version != ref.version or connection is None:
            return snapshot
        dates = sorted({ref.day, *appointment.texting.notified_dates})
        recipient, phone, sms = "", appointment.texting.phone, connection.sms
        stops = frozenset[str]()
        if phone and sms:
            recipient = recipient_hash(self.rings, connection.tenant, phone)
            stops = self.opt_outs.stops(connection.tenant, recipient)
        braked, of_connection = record.held_by == BRAKE, f"~{connection.id}"
        discarded = self.switches.get(DISCARDED + of_connection) if braked else None
        snapshot = replace(
            snapshot,
            records=[each for day in dates for each in self.texts.of(ref.subject, day)],
            recipient=recipient,
            stops=stops,
            paused=any(map(self.switches.get, (PAUSE, PAUSE + of_connection))),
            braked=self.switches.get(BRAKE + of_connection) is not None,
            discarded=discarded.since if discarded else None,
        )
        source = self.opt_out_source
        if source is None or not phone or not sms or not depends_on_stop(snapshot, self.clock()):
            return snapshot
        return replace(snapshot, service_stop=source.opted_out(sms.from_number, phone))

    def _note_stop(self, snapshot: TextSnapshot) -> None:
        """Note what the SMS service's own list says of our number, where it is news."""
        connection, recipient = snapshot.connection, snapshot.recipient
        if connection is None or connection.sms is None:
            return
        tenant, sender = connection.tenant, connection.sms.from_number
        if snapshot.service_stop and sender not in snapshot.stops:
            self.opt_outs.add(tenant, recipient, sender)
        elif not snapshot.service_stop and sender in snapshot.stops:
            self.opt_outs.remove(tenant, recipient, sender)


def _is_what_was_claimed(record: TextRecord, message: ComposedText) -> bool:
    return record.composed is not None and record.composed.says_the_same(message.composed)
