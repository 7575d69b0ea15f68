"""Erase a phone number when its visit is over, and the appointment's row 30 days later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.agenda.domain import DONE, OTHER_VERSION, AgendaRow, Duty, RowOutcome
from shared_code.agenda.flows import Handler
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import (
    RETIRE_PHONE,
    RETIRE_ROW,
    Appointment,
    AppointmentRef,
    is_gone,
)
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import ref_in
from shared_code.clock import Clock
from shared_code.rows import Stored

ROW_KEPT = timedelta(days=30)
"""How long the row is kept after the visit."""


@dataclass(frozen=True, slots=True)
class RetireAppointments:
    """The erasing duties of appointments."""

    appointments: Appointments
    agenda: Agenda
    clock: Clock

    def handlers(self) -> Mapping[Duty, Handler]:
        """What the agenda calls."""
        return {RETIRE_PHONE: self.retire_phone, RETIRE_ROW: self.retire_row}

    def retire_phone(self, row: AgendaRow) -> RowOutcome:
        """Erase the phone; the row that erases the appointment is on the agenda before."""
        stored = self._of_same_version(row)
        if stored is None:
            return OTHER_VERSION
        over = max(self.clock(), stored.value.start or self.clock())
        self.agenda.add([AgendaRow(over + ROW_KEPT, RETIRE_ROW, row.subject, row.version)])
        if stored.value.texting.phone is not None:
            self.appointments.replace(stored.value.with_phone(None), stored.etag)
            logs.event("agenda.phone_retired", row=stored.value.ref.row)
        return DONE

    def retire_row(self, row: AgendaRow) -> RowOutcome:
        """Erase the appointment, and its names before it: nothing else would find those again."""
        stored = self._of_same_version(row)
        if stored is None:
            return OTHER_VERSION
        if stored.value.csn is not None:
            self.appointments.unname(stored.value.ref, stored.value.csn)
        if stored.value.occurrence is not None:
            self.appointments.delist(stored.value.ref, stored.value.key)
        self.appointments.remove(stored.value.ref, stored.etag)
        return DONE

    def _of_same_version(self, row: AgendaRow) -> Stored[Appointment] | None:
        stored = self.appointments.load(AppointmentRef.parse(row.subject))
        if stored is None or str(stored.value.version) != row.version:
            return None
        return stored


def begins(appointments: Appointments, subject: str) -> datetime | None:
    """
    Return when a visit begins (UTC) that a problem's subject is about: an appointment, or a text
    or visit of one. None for any other subject, and for a visit that is erased or has no start.
    """
    ref = ref_in(subject)
    stored = appointments.load(ref) if ref else None
    return None if stored is None or is_gone(stored.value) else stored.value.start
