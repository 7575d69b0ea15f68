"""
CSNs of appointments whose key is another number: what a launch finds them by.

Where the key is the CSN, nothing is written and nothing is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared_code import logs
from shared_code.appointments.domain import (
    CSN_MISMATCH,
    Appointment,
    AppointmentRef,
    Status,
    takes_place,
)
from shared_code.appointments.ports import Appointments
from shared_code.connections.domain import Connection
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner


@dataclass(frozen=True, slots=True)
class CsnNames:
    """Names appointments by their CSN, and reports two that have the same one."""

    appointments: Appointments
    problems: Problems

    def give(
        self, before: Appointment | None, after: Appointment, connection: Connection, at: datetime
    ) -> None:
        """
        Name the appointment before its row is written: a name without a row leads nowhere.

        One that no longer takes place gives way to one that does. If both do, the first keeps its
        name and the problem is reported: launches of the second lead to the first one's meeting.
        So it is with visits of a series whose key is their CSN: all have the same one.

        Raises NotStored and Conflict.
        """
        if connection.fields.key_is_csn():
            if after.occurrence is not None and self._is_anothers(after):
                self._report(after, connection, at)
            return
        if before is not None and before.csn is not None and before.csn != after.csn:
            self.appointments.unname(before.ref, before.csn)
        if after.csn is None:
            return
        named = self.appointments.name(after.ref, after.csn)
        if named == after.ref:
            return
        if not self._takes_place(named, after.csn):
            self.appointments.rename(after.ref, after.csn)
        elif after.status is Status.ACTIVE:
            self._report(after, connection, at)

    def _is_anothers(self, after: Appointment) -> bool:
        """Whether the key leads to another visit of the series, and both take place."""
        named = self.appointments.by_csn(after.ref.connection, after.key)
        other = named is not None and named.value.ref != after.ref
        return other and takes_place(named) and after.status is Status.ACTIVE

    def _takes_place(self, ref: AppointmentRef, csn: str) -> bool:
        stored = self.appointments.load(ref)
        if stored is None or stored.value.csn != csn:
            return False
        return stored.value.status is Status.ACTIVE

    def _report(self, appointment: Appointment, connection: Connection, at: datetime) -> None:
        owner = Owner(connection.tenant, connection.id)
        self.problems.report(CSN_MISMATCH.code, connection.fields.key_and_csn(), at, owner)
        logs.warn("schedule.problem", code=CSN_MISMATCH.code, row=appointment.ref.row)
