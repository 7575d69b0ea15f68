"""
Every minute: read what is due and do it. This is the only sweep of the product.

A row acts only for its own version and stays until its effect has an outcome; doing a row twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.domain.agenda import LOOK_AGAIN, AgendaRow, Duty
from shared_code.domain.appointment import Appointment, AppointmentRef
from shared_code.domain.duties import says_goodbye, wanted_texts
from shared_code.domain.text_message import TextKind, TextRecord, TextRef, TextState
from shared_code.errors import ConnectorError
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

EARLY = timedelta(seconds=1)
"""The host may fire milliseconds before the minute."""
ROW_KEPT = timedelta(days=30)
HEARTBEAT = "agenda"


@dataclass(frozen=True, slots=True)
class Duties:
    """What the duties need."""

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
    clock: Clock


def run_agenda(duties: Duties) -> int:
    """Returns how many rows were due. A row that meets trouble stays and does not stop others."""
    count = 0
    for row in duties.agenda.due(duties.clock() + EARLY):
        count += 1
        try:
            _HANDLERS[row.duty](row, duties)
        except ConnectorError as error:
            logs.warn("agenda.row_stays", duty=row.duty, code=error.code)
        except ValueError as error:  # its subject is not one of this release
            logs.failure("agenda.row_unreadable", error, duty=row.duty)
    duties.switches.beat(HEARTBEAT, duties.clock())
    logs.event("agenda.ran", count=count)
    return count


def _settle(row: AgendaRow, duties: Duties) -> None:
    """
    Sends the hints of the current version again until every text has an outcome; a phone that was
    kept only for a goodbye goes with it.
    """
    stored = _of_same_version(row, duties)
    if stored is None:
        return
    appointment = stored.value
    connection = duties.connections.find(appointment.ref.connection)
    wanted = wanted_texts(appointment, connection) if connection else ()
    records = {ref: duties.texts.load(ref) for ref in wanted}
    waiting = [
        (ref, stored.value if stored else None)
        for ref, stored in records.items()
        if stored is None or not stored.value.is_final()
    ]
    if waiting:
        looks = [_hint_unless_held(ref, record, row, duties) for ref, record in waiting]
        _postpone(row, duties, max(looks))
        return
    phone = None if says_goodbye(appointment) else appointment.phone
    settled = replace(appointment, settled=appointment.version, phone=phone)
    duties.appointments.replace(settled, stored.etag)
    logs.event("agenda.settled", row=appointment.ref.row, version=str(appointment.version))
    duties.agenda.remove(row)


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


_HANDLERS: Mapping[Duty, Callable[[AgendaRow, Duties], None]] = {
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
