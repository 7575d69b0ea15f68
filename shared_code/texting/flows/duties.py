"""
What the agenda does for texts: hint at what has no outcome yet, and settle a version whose texts
all have one.

A hint is a queue message; the text is sent by send.py. Doing a row twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.agenda.domain import (
    DONE,
    LOOK_AGAIN,
    OTHER_VERSION,
    AgendaRow,
    Duty,
    Later,
    RowOutcome,
)
from shared_code.agenda.flows import Handler, erasing
from shared_code.appointments.domain import Appointment, AppointmentRef, is_gone
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.ports import Connections
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT, Queues
from shared_code.texting.domain.metrics import RETIRE_COUNTS
from shared_code.texting.domain.number_day import RETIRE_NUMBERS
from shared_code.texting.domain.plan import (
    CLAIM_CHECK,
    REMINDER,
    RETIRE_TEXT,
    SEND,
    SETTLE,
    is_withdrawn,
    wanted_texts,
)
from shared_code.texting.domain.text import TextKind, TextRecord, TextRef, TextState
from shared_code.texting.flows import counting, number_places
from shared_code.texting.flows.send import BY_AGENDA
from shared_code.texting.ports import Counts, NumberDays, Texts

OVERDUE = timedelta(seconds=45)
"""
A hint comes back 30 seconds after a claim of another worker and is posted within eight; a text
that nobody has touched for longer has lost its hint.
"""


@dataclass(frozen=True, slots=True)
class TextDuties:
    """The duties of texts."""

    connections: Connections
    appointments: Appointments
    texts: Texts
    queues: Queues
    counts: Counts
    number_days: NumberDays
    clock: Clock

    def handlers(self) -> Mapping[Duty, Handler]:
        """What the agenda calls."""
        return {
            SEND: self.look_after_text,
            REMINDER: self.look_after_text,
            CLAIM_CHECK: self.look_after_text,
            SETTLE: self.settle,
            RETIRE_TEXT: erasing(lambda subject: self.texts.remove(TextRef.parse(subject))),
            RETIRE_COUNTS: erasing(lambda day: counting.retire(day, self.counts)),
            RETIRE_NUMBERS: erasing(lambda day: number_places.retire(day, self.number_days)),
        }

    def settle(self, row: AgendaRow) -> RowOutcome:
        """
        Send the hints of the row's version again until every text has an outcome. A phone that
        was kept only for a cancellation notice is erased then.
        """
        stored = self.appointments.load(AppointmentRef.parse(row.subject))
        waiting = self._without_outcome(row, stored.value) if stored else []
        if waiting:
            return Later(max(self._hint_unless_held(ref, record, row) for ref, record in waiting))
        if stored is None or str(stored.value.version) != row.version:
            return OTHER_VERSION
        appointment = stored.value
        if self._waits_for_setup(appointment):
            return Later(self.clock() + LOOK_AGAIN)
        phone = None if is_withdrawn(appointment) else appointment.texting.phone
        texting = replace(appointment.texting, settled=appointment.version, phone=phone)
        self.appointments.replace(replace(appointment, texting=texting), stored.etag)
        logs.event("agenda.settled", row=appointment.ref.row, version=str(appointment.version))
        return DONE

    def _waits_for_setup(self, appointment: Appointment) -> bool:
        """Whether nobody knows what the version wants, because its connection texts no longer."""
        connection, start = self.connections.find(appointment.ref.connection), appointment.start
        lost = connection is None or connection.sms is None
        return lost and start is not None and start > self.clock()

    def look_after_text(self, row: AgendaRow) -> RowOutcome:
        """Send a hint for a text (`send`, `reminder`, `claim_check`) until it has an outcome."""
        ref = TextRef.parse(row.subject)
        stored = self.texts.load(ref)
        record = stored.value if stored else None
        if record is not None and record.is_final():
            return DONE
        claimed = record is not None and record.state is TextState.CLAIMED
        if row.duty == CLAIM_CHECK and not claimed:
            return OTHER_VERSION  # about to be claimed, or free again: `settle` knows of it
        if record is None and self._has_no_use(row, ref):
            return OTHER_VERSION
        return Later(self._hint_unless_held(ref, record, row))

    def _without_outcome(
        self, row: AgendaRow, appointment: Appointment
    ) -> list[tuple[TextRef, TextRecord | None]]:
        """
        The texts of the row's version, reminders aside: what was begun, also for a start that has
        moved since or by an earlier version, and what the appointment still wants.
        """
        begun = {
            record.ref: record
            for day in appointment.texting.text_days(appointment.start)
            for record in self.texts.of(appointment.ref, day)
            if str(record.ref.version) == row.version and record.ref.kind is not TextKind.REMINDER
        }
        connection = self.connections.find(appointment.ref.connection)
        current = str(appointment.version) == row.version
        wanted = wanted_texts(appointment, connection) if connection and current else ()
        unbegun: list[tuple[TextRef, TextRecord | None]] = [
            (ref, None) for ref in wanted if ref not in begun
        ]
        return unbegun + [(ref, record) for ref, record in begun.items() if not record.is_final()]

    def _hint_unless_held(
        self, ref: TextRef, record: TextRecord | None, row: AgendaRow
    ) -> datetime:
        """
        Return when to look again. A text that is held until a time is not hinted at before. The
        hint never waits in the queue: the agenda itself looks again.
        """
        now = self.clock()
        if record is not None and record.not_before is not None and record.not_before > now:
            return record.not_before + LOOK_AGAIN if row.duty == SETTLE else record.not_before
        queue = SMS_OUTBOUND if ref.kind is TextKind.REMINDER else SMS_URGENT
        self.queues.send(queue, {"text": str(ref), "by": BY_AGENDA})
        logs.event("agenda.hinted", duty=row.duty, row=ref.subject.row, version=str(ref.version))
        if is_orphan(record, row.duty, now):
            logs.warn("text.orphan", duty=row.duty, row=ref.subject.row, version=str(ref.version))
        return now + LOOK_AGAIN

    def _has_no_use(self, row: AgendaRow, ref: TextRef) -> bool:
        """
        Whether the appointment was erased, or a reminder's version is not committed yet, or not
        current any more.
        """
        stored = self.appointments.load(ref.subject)
        if stored is None or is_gone(stored.value):
            return True
        return row.duty == REMINDER and str(stored.value.version) != row.version


def is_orphan(record: TextRecord | None, duty: Duty, now: datetime) -> bool:
    """
    Whether a text that the agenda is about to hint at has lost its own hint. `settle` answers for
    texts that are not claimed, `claim_check` for claims, so that none is found twice at once. A
    `send` or a reminder is the first hint itself.
    """
    claimed = record is not None and record.state is TextState.CLAIMED
    if duty != (CLAIM_CHECK if claimed else SETTLE):
        return False
    if record is None:
        return True
    touched = record.claimed_at if claimed else record.not_before
    return touched is None or now - touched >= OVERDUE
