"""
What each duty on the agenda does when it is due; flows/run_agenda.py reads them.

A row acts only for its own version and stays until its effect has an outcome; doing a row twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.domain.agenda import LOOK_AGAIN, AgendaRow, Duty
from shared_code.domain.appointment import Appointment, AppointmentRef
from shared_code.domain.duties import is_withdrawn, wanted_texts
from shared_code.domain.metrics import Metric, is_orphan
from shared_code.domain.text_message import TextKind, TextRecord, TextRef, TextState
from shared_code.flows import metrics
from shared_code.flows.metrics import Counting
from shared_code.flows.send_text import BY_AGENDA
from shared_code.ports import (
    SMS_OUTBOUND,
    SMS_URGENT,
    Agenda,
    Appointments,
    Clock,
    Connections,
    DeadLetters,
    Links,
    Payloads,
    Problems,
    Queues,
    Stored,
    Switches,
    Texts,
)

Spread = Callable[[Callable[[AgendaRow], bool], Iterable[AgendaRow]], Iterable[bool]]
"""As the builtin map, for work on rows that nothing orders."""
ROW_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Duties:
    """What the duties need. `spread` does several rows at a time, or one after the other."""

    connections: Connections
    appointments: Appointments
    agenda: Agenda
    texts: Texts
    links: Links
    queues: Queues
    problems: Problems
    dead_letters: DeadLetters
    payloads: Payloads
    switches: Switches
    counting: Counting
    clock: Clock
    spread: Spread


def _settle(row: AgendaRow, duties: Duties) -> None:
    """
    Sends the hints of the row's version again until every text has an outcome; a phone that was
    kept only for a cancellation notice goes with it.
    """
    stored = duties.appointments.load(AppointmentRef.parse(row.subject))
    waiting = _without_outcome(row, stored.value, duties) if stored else []
    if waiting:
        looks = [_hint_unless_held(ref, record, row, duties) for ref, record in waiting]
        _postpone(row, duties, max(looks))
        return
    if stored is None or str(stored.value.version) != row.version:
        _leave_or_drop(row, duties)
        return
    appointment = stored.value
    phone = None if is_withdrawn(appointment) else appointment.phone
    settled = replace(appointment, settled=appointment.version, phone=phone)
    duties.appointments.replace(settled, stored.etag)
    logs.event("agenda.settled", row=appointment.ref.row, version=str(appointment.version))
    duties.agenda.remove(row)


def _without_outcome(
    row: AgendaRow, appointment: Appointment, duties: Duties
) -> list[tuple[TextRef, TextRecord | None]]:
    """
    The texts of the row's version, reminders aside: what was begun, also for a start that has
    moved since or by a version that is past, and what the appointment still wants.
    """
    begun = {
        record.ref: record
        for day in appointment.text_days()
        for record in duties.texts.of(appointment.ref, day)
        if str(record.ref.version) == row.version and record.ref.kind is not TextKind.REMINDER
    }
    connection = duties.connections.find(appointment.ref.connection)
    current = str(appointment.version) == row.version
    wanted = wanted_texts(appointment, connection) if connection and current else ()
    unbegun: list[tuple[TextRef, TextRecord | None]] = [
        (ref, None) for ref in wanted if ref not in begun
    ]
    return unbegun + [(ref, record) for ref, record in begun.items() if not record.is_final()]


def _look_after_text(row: AgendaRow, duties: Duties) -> None:
    """`send`, `reminder`, `claim_check`: a hint, and another look until there is an outcome."""
    ref = TextRef.parse(row.subject)
    stored = duties.texts.load(ref)
    record = stored.value if stored else None
    if record is not None and record.is_final():
        duties.agenda.remove(row)
        return
    claimed = record is not None and record.state is TextState.CLAIMED
    if row.duty is Duty.CLAIM_CHECK and not claimed:
        _leave_or_drop(row, duties)  # about to be claimed, or free again: `settle` knows of it
        return
    if row.duty is Duty.REMINDER and record is None and _is_of_another_version(row, ref, duties):
        _leave_or_drop(row, duties)
        return
    _postpone(row, duties, _hint_unless_held(ref, record, row, duties))


def _hint_unless_held(
    ref: TextRef, record: TextRecord | None, row: AgendaRow, duties: Duties
) -> datetime:
    """Returns when to look again. What is held until a time is not asked about before."""
    now = duties.clock()
    if record is not None and record.not_before is not None and record.not_before > now:
        return record.not_before + LOOK_AGAIN if row.duty is Duty.SETTLE else record.not_before
    _hint(ref, row, duties)
    if is_orphan(record, row.duty, now):
        logs.warn("text.orphan", duty=row.duty, row=ref.subject.row, version=str(ref.version))
        metrics.count(ref.subject, {Metric.ORPHAN}, duties.counting)
    return now + LOOK_AGAIN


def _is_of_another_version(row: AgendaRow, ref: TextRef, duties: Duties) -> bool:
    """A reminder of a version that is not committed yet, or not any more."""
    stored = duties.appointments.load(ref.subject)
    return stored is None or str(stored.value.version) != row.version


def _retire_phone(row: AgendaRow, duties: Duties) -> None:
    stored = _of_same_version(row, duties)
    if stored is None:
        return
    over = max(duties.clock(), stored.value.start or duties.clock())
    duties.agenda.add([AgendaRow(over + ROW_KEPT, Duty.RETIRE_ROW, row.subject, row.version)])
    if stored.value.phone is not None:
        duties.appointments.replace(replace(stored.value, phone=None), stored.etag)
        logs.event("agenda.phone_retired", row=stored.value.ref.row)
    duties.agenda.remove(row)


def _retire_row(row: AgendaRow, duties: Duties) -> None:
    stored = _of_same_version(row, duties)
    if stored is None:
        return
    duties.appointments.remove(stored.value.ref, stored.etag)
    duties.agenda.remove(row)


def _retire_payload(row: AgendaRow, duties: Duties) -> None:
    duties.payloads.remove(row.subject)
    duties.agenda.remove(row)


def _retire_letter(row: AgendaRow, duties: Duties) -> None:
    duties.dead_letters.remove(row.subject)
    duties.agenda.remove(row)


def _retire_problem(row: AgendaRow, duties: Duties) -> None:
    duties.problems.remove(row.subject)
    duties.agenda.remove(row)


def _retire_link(row: AgendaRow, duties: Duties) -> None:
    duties.links.remove(row.subject)
    duties.agenda.remove(row)


def _retire_text(row: AgendaRow, duties: Duties) -> None:
    duties.texts.remove(TextRef.parse(row.subject))
    duties.agenda.remove(row)


def _retire_counts(row: AgendaRow, duties: Duties) -> None:
    metrics.retire(row.subject, duties.counting.counts)
    duties.agenda.remove(row)


HANDLERS: Mapping[Duty, Callable[[AgendaRow, Duties], None]] = {
    Duty.SEND: _look_after_text,
    Duty.REMINDER: _look_after_text,
    Duty.SETTLE: _settle,
    Duty.CLAIM_CHECK: _look_after_text,
    Duty.RETIRE_PHONE: _retire_phone,
    Duty.RETIRE_ROW: _retire_row,
    Duty.RETIRE_PAYLOAD: _retire_payload,
    Duty.RETIRE_LETTER: _retire_letter,
    Duty.RETIRE_PROBLEM: _retire_problem,
    Duty.RETIRE_LINK: _retire_link,
    Duty.RETIRE_TEXT: _retire_text,
    Duty.RETIRE_COUNTS: _retire_counts,
}


def _of_same_version(row: AgendaRow, duties: Duties) -> Stored[Appointment] | None:
    """The row's appointment if it is of the row's version; else the row waits or is dropped."""
    stored = duties.appointments.load(AppointmentRef.parse(row.subject))
    if stored is not None and str(stored.value.version) == row.version:
        return stored
    _leave_or_drop(row, duties)
    return None


def _leave_or_drop(row: AgendaRow, duties: Duties) -> None:
    """Its object may be about to be committed; a quarter of an hour later it is not."""
    if row.is_stale(duties.clock()):
        duties.agenda.remove(row)


def _hint(ref: TextRef, row: AgendaRow, duties: Duties) -> None:
    """A hint of the agenda's never waits in the queue: the agenda itself looks again."""
    queue = SMS_OUTBOUND if ref.kind is TextKind.REMINDER else SMS_URGENT
    duties.queues.send(queue, {"text": str(ref), "by": BY_AGENDA})
    logs.event("agenda.hinted", duty=row.duty, row=ref.subject.row, version=str(ref.version))


def _postpone(row: AgendaRow, duties: Duties, due: datetime) -> None:
    """The later row exists before the earlier one goes."""
    later = row.later(due)
    if later.minute() != row.minute():
        duties.agenda.add([later])
        duties.agenda.remove(row)
