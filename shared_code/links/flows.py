"""
Patients' links: made when a text is sent, looked up when somebody opens one.

A token is recomputed whenever it is needed and stored nowhere; the table knows its digest. A link
shows its visit only while that is still texted to the number that the link was sent to. The texts
to that number can be stopped by it whatever became of the visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.agenda.domain import AgendaRow, Duty
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import START_MISSING, Appointment, AppointmentRef, Status
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import ErrorInfo, Refused
from shared_code.links import domain as link_domain
from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_EXPIRED,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
    Link,
)
from shared_code.links.ports import Links
from shared_code.security import keys
from shared_code.security.keys import Rings

RETIRE_LINK = Duty("retire_link")
"""A duty of the agenda: it names a link by its digest."""
LIFE_AFTER_START = timedelta(hours=12)
"""How long after the start a link still answers."""
KEPT_AFTER_END = timedelta(days=7)
"""How long an expired link is still known, so that it can say that it has expired."""
BY_LINK = "link"
"""In place of a sending number: STOP was said on the page of a link."""


@dataclass(frozen=True, slots=True)
class PatientLink:
    """
    What a patient's link shows of an appointment that takes place. `moved_to`: the link of its
    new time, when the one that was opened was made for another; else empty.
    """

    appointment: Appointment
    start: datetime
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """
    What a link leads to: the visit, or the reason why there is none to see.

    `languages` are the ones of its text, none where the visit may be another's now.
    `texts_allowed` speaks of the number that the link was sent to.
    """

    found: PatientLink | ErrorInfo
    connection: Connection
    subject: AppointmentRef
    languages: tuple[str | None, ...]
    texts_allowed: bool


@dataclass(frozen=True, slots=True)
class PatientLinks:
    """Makes and opens links. `public_url` is where patients reach this installation."""

    links: Links
    appointments: Appointments
    connections: Connections
    opt_outs: OptOuts
    agenda: Agenda
    rings: Rings
    public_url: str
    clock: Clock

    def make(self, appointment: Appointment, recipient: str) -> str:
        """
        The URL for the patient of this version; making it again gives the same one. `recipient` is
        the keyed hash of the number that is texted: it is kept, so that the link can stop texts
        and lead on to a new time. The row that erases the link is on the agenda before it exists.

        Raises Refused with START_MISSING, and NotStored.
        """
        if appointment.start is None:
            raise Refused(START_MISSING.as_error())
        words = link_domain.signed_words(appointment.ref, appointment.version)
        token = link_domain.token_of(keys.sign(self.rings.link, words))
        digest, not_after = link_domain.digest_of(token), appointment.start + LIFE_AFTER_START
        self.agenda.add([AgendaRow(not_after + KEPT_AFTER_END, RETIRE_LINK, digest)])
        self.links.put(Link(digest, appointment.ref, appointment.version, not_after, recipient))
        return f"{self.public_url}/v/{token}"

    def open(self, token: str) -> OpenedLink:
        """
        What the link says now. Raises Refused with LINK_UNKNOWN or LINK_DEAD when nothing at all
        can be said, and NotStored.
        """
        link, connection = self._known(token)
        stored = self.appointments.load(link.subject)
        appointment = stored.value if stored else None
        allowed = not self.opt_outs.stops(connection.tenant, link.recipient)
        if appointment is None or self._is_anothers(link, appointment, connection):
            expired = appointment is None and link.not_after <= self.clock()
            why = LINK_EXPIRED if expired else LINK_DEAD
            return OpenedLink(why, connection, link.subject, (), allowed)
        found = self._found(link, appointment, connection)
        languages = (appointment.language, connection.language)
        return OpenedLink(found, connection, link.subject, languages, allowed)

    def allow_texts(self, token: str, allowed: bool) -> AppointmentRef:
        """
        Stop or allow texts to the number that the link was sent to, for the whole tenant. It works
        for as long as the link is known, whatever became of the visit. A STOP that a carrier holds
        stays.

        Returns whose link it was. Raises Refused with LINK_UNKNOWN or LINK_DEAD, NotStored,
        Conflict.
        """
        link, connection = self._known(token)
        if allowed:
            self.opt_outs.remove(connection.tenant, link.recipient)
        else:
            self.opt_outs.add(connection.tenant, link.recipient, BY_LINK)
        return link.subject

    def _known(self, token: str) -> tuple[Link, Connection]:
        if not link_domain.is_token(token):
            raise Refused(LINK_UNKNOWN)
        link = self.links.find(link_domain.digest_of(token))
        if link is None:
            raise Refused(LINK_UNKNOWN)
        connection = self.connections.find(link.subject.connection)
        if connection is None:
            raise Refused(LINK_DEAD)
        return link, connection

    def _is_anothers(self, link: Link, appointment: Appointment, connection: Connection) -> bool:
        """
        Whether the visit may be another person's now. Where the phone is erased already, only the
        link's own version and the next are known to have had the same: no event that ends a visit
        or makes it one in person brings a phone.
        """
        if appointment.patient_conflict:
            return True
        if appointment.version == link.version:
            return False
        phone = appointment.texting.phone
        if phone is None:
            return appointment.version.counter - link.version.counter != 1
        return recipient_hash(self.rings, connection.tenant, phone) != link.recipient

    def _found(
        self, link: Link, appointment: Appointment, connection: Connection
    ) -> PatientLink | ErrorInfo:
        """What became of the visit of a link's own patient."""
        start = appointment.start
        if start is None:
            cancelled = appointment.status is Status.CANCELLED
            return LINK_CANCELLED if cancelled else LINK_DEAD
        ended = _ended(appointment, start, self.clock())
        if ended:
            return ended
        if appointment.version == link.version:
            return PatientLink(appointment, start)
        if appointment.texting.phone is None:
            return LINK_DEAD
        if link.not_after == start + LIFE_AFTER_START:
            return PatientLink(appointment, start)
        return PatientLink(appointment, start, self.make(appointment, link.recipient))


def _ended(appointment: Appointment, start: datetime, now: datetime) -> ErrorInfo | None:
    if appointment.status is Status.CANCELLED:
        return LINK_CANCELLED
    if appointment.status is Status.CLOSED or start + LIFE_AFTER_START <= now:
        return LINK_EXPIRED
    return LINK_NOT_VIRTUAL if appointment.virtual is False else None
