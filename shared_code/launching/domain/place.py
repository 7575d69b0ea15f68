"""Who launched, and which visit it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code.appointments.domain import USUAL_MINUTES, Appointment, AppointmentRef
from shared_code.attendance.domain import Role
from shared_code.connections.domain import Connection
from shared_code.connections.launch_setup import VisitSetup
from shared_code.visits.domain.visit import VisitRef, Wanted


@dataclass(frozen=True, slots=True)
class Person:
    """
    Who launched: the side, and the keyed hash of the EHR user (of the launch, if unknown).

    `owner` is the keyed hash of whose cookies open the person's pages: the EHR user's own, or of
    all patients whom Epic does not name, or of a link.
    `named`: Epic said which kind of person it is. Whoever is not named counts as staff only after a
    sign-in as a member of the organization.
    """

    role: Role
    user: str
    owner: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """The visit that somebody launched, with its appointment if one is known."""

    connection: Connection
    setup: VisitSetup
    visit: VisitRef
    ref: AppointmentRef
    appointment: Appointment | None = field(default=None, repr=False)

    def end(self, now: datetime) -> datetime:
        """Return when the visit ends as far as is known (UTC)."""
        known = self.appointment.end if self.appointment else None
        return known or now + timedelta(minutes=USUAL_MINUTES)

    def wanted(self) -> Wanted:
        """Return the visit to prepare."""
        return Wanted(
            ref=self.visit,
            tenant=self.connection.tenant,
            start=self.appointment.start if self.appointment else None,
            minutes=(self.appointment.minutes if self.appointment else None) or USUAL_MINUTES,
            organizers=self.setup.organizers,
        )
