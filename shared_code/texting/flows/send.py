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
from shared_code.appointments.domain import Appointment
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import Conflict, NotStored
from shared_code.oversight.ports import Switches
from shared_code.queues import Queues
from shared_code.security.keys import Rings
from shared_code.texting.domain import reasons
from shared_code.texting.domain.next_step import (
    BRAKE,
    CLAIMED,
    DISCARDED,
    PAUSE,
    Claim,
    Decline,
    Done,
    GiveUp,
    Repeat,
    Sendable,
    TextSnapshot,
    Wait,
    next_step,
)
from shared_code.texting.domain.plan import SEND
from shared_code.texting.domain.rate import SEGMENTS_PER_SLOT, Reservation
from shared_code.texting.domain.text import SLOT, TextRecord, TextRef, TextState
from shared_code.texting.flows.submit import Attempt, SubmitText
from shared_code.texting.ports import CircuitBreaker, OptOutSource, RateWindow

OUTAGE = "outage"
"""Why a text waits while the circuit is open."""
BY_AGENDA = "agenda"
"""In a hint's `by`: the agenda sent it and will look again."""
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
    """Sends the texts that hints on `sms-urgent` and `sms-outbound` name."""

    connections: Connections
    appointments: Appointments
    opt_outs: OptOuts
    opt_out_source: OptOutSource | None
    switches: Switches
    queues: Queues
    rings: Rings
    circuit: CircuitBreaker
    rate: RateWindow
    submit: SubmitText
    clock: Clock

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
        step = next_step(snapshot, now)
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
            case Claim(text):
                with Attempt(self.circuit, self.clock) as request:
                    return self._claim(text, request)
            case Repeat(text):
                with Attempt(self.circuit, self.clock, is_repeat=True) as request:
                    seconds = self.submit.repeat(text, request)
                    return None if seconds is None else _ComeBack(seconds)

    def _claim(self, text: Sendable, request: Attempt) -> _ComeBack | None:
        """Reserve a place in the rate for the composed text, claim it and post it."""
        now = self.clock()
        if request.wait_until is not None:
            return self._wait(text.snapshot, Wait(request.wait_until, OUTAGE), now)
        composed = self.submit.compose(text)
        begins = self._reserve(text, composed.composed.segments, now)
        if begins > now:
            return self._wait(text.snapshot, Wait(begins, SLOT), now)
        seconds = self.submit.claim(text, composed, request)
        return None if seconds is None else _ComeBack(seconds)

    def _reserve(self, text: Sendable, segments: int, now: datetime) -> datetime:
        """When it may go. A text that woke too late for its place does not queue at the end."""
        before = text.snapshot.before
        if before.has_slot(now):
            return now
        limit, missed = SEGMENTS_PER_SLOT[text.sms.number_kind], before.slot is not None
        wanted = Reservation(text.connection.id, segments, limit, text.urgent or missed)
        return self.rate.reserve(text.sms.from_number, wanted, now)

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
        self.submit.change(text.before, text.etag, held, [row] if by_agenda else [])
        logs.event("text.held", code=wait.why)
        return None if by_agenda else _ComeBack(math.ceil(seconds), in_person=is_slot)

    def _read(self, ref: TextRef) -> TextSnapshot:
        """Everything that decides what becomes of the text; no more than that needs."""
        stored = self.submit.texts.load(ref)
        record, etag = (stored.value, stored.etag) if stored else (None, "")
        if record is not None and record.is_final():
            return TextSnapshot(ref, record)
        found = self.appointments.load(ref.subject)
        appointment = found.value if found else None
        connection = self.connections.find(ref.subject.connection)
        snapshot = TextSnapshot(ref, record, etag, appointment, connection)
        if appointment is None or appointment.version != ref.version or connection is None:
            return snapshot
        dates = {ref.day, *appointment.notified_dates}
        texts = [each for day in sorted(dates) for each in self.submit.texts.of(ref.subject, day)]
        snapshot = replace(
            snapshot,
            records=texts,
            paused=any(map(self.switches.get, (PAUSE, f"{PAUSE}~{connection.id}"))),
            braked=self.switches.get(f"{BRAKE}~{connection.id}") is not None,
            discarded=self._discarded(record, connection.id),
        )
        return self._with_consent(snapshot, appointment, connection)

    def _discarded(self, record: TextRecord | None, connection: str) -> datetime | None:
        """Only what the brake held can have been discarded."""
        if record is None or record.held_by != BRAKE:
            return None
        discarded = self.switches.get(f"{DISCARDED}~{connection}")
        return discarded.since if discarded else None

    def _with_consent(
        self, snapshot: TextSnapshot, appointment: Appointment, connection: Connection
    ) -> TextSnapshot:
        """The snapshot with what is known of the number that the appointment has now."""
        phone, sms, source = appointment.phone, connection.sms, self.opt_out_source
        if phone is None or sms is None:
            return snapshot
        recipient = recipient_hash(self.rings, connection.tenant, phone)
        return replace(
            snapshot,
            recipient=recipient,
            stops=self.opt_outs.stops(connection.tenant, recipient),
            service_stop=source.opted_out(sms.from_number, phone) if source else None,
        )

    def _note_stop(self, snapshot: TextSnapshot) -> None:
        """Note what the SMS service's own list says of our number, where it is news."""
        connection, service_stop = snapshot.connection, snapshot.service_stop
        if service_stop is None or connection is None or connection.sms is None:
            return
        tenant, sender = connection.tenant, connection.sms.from_number
        if service_stop and sender not in snapshot.stops:
            self.opt_outs.add(tenant, snapshot.recipient, sender)
        elif not service_stop and sender in snapshot.stops:
            self.opt_outs.remove(tenant, snapshot.recipient, sender)
