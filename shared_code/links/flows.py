"""
Patients' links: created when a text is sent, looked up when a link is opened.

A token is computed when it is needed and never stored; the table holds its digest. A link shows its
visit only while that visit is texted to the number the link was sent to. The link can stop texts to
that number at any time, even if the visit has changed or ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared_code.agenda.domain import DONE, AgendaRow, Duty, Later, RowOutcome
from shared_code.agenda.flows import Handler
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import (
    START_MISSING,
    Appointment,
    AppointmentRef,
    JoinWindow,
    Status,
    Version,
    to_the_minute,
)
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import ErrorInfo, Refused
from shared_code.links import domain as link_domain
from shared_code.links.domain import (
    LIFE_AFTER_START,
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
KEPT_AFTER_END = timedelta(days=7)
"""How long an expired link is kept, so that its page can say that it has expired."""
BY_LINK = "link"
"""Stored in place of a sending number: texts were stopped on the page of a link."""


@dataclass(frozen=True, slots=True)
class PatientLink:
    """
    What a patient's link shows of an appointment that takes place.

    `start` is the visit's start now; `moved` says that the link was made for another one.
    `join_window` is when the visit can be joined, None where the connection holds no visits. There
    the page of a moved visit leads on to the link for the new time, `moved_to`, else empty: with a
    window the page itself opens the visit when its time comes.
    """

    appointment: Appointment
    start: datetime
    moved_to: str = ""
    moved: bool = False
    join_window: JoinWindow | None = None


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """
    The visit that a link leads to, or the reason why none can be shown.

    `languages` are those of the text that contained the link, empty if the visit may belong to
    somebody else now. `texts_allowed` is about the number that the link was sent to. `link_digest`
    identifies the link; it is in no log.
    """

    found: PatientLink | ErrorInfo
    connection: Connection
    subject: AppointmentRef
    languages: tuple[str | None, ...]
    texts_allowed: bool
    link_digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextsChosen:
    """
    The link's appointment, after texts were stopped or allowed. `start_to` is the connection's
    number if STOP had been texted to it: the carrier blocks it until it gets START.
    """

    subject: AppointmentRef
    start_to: str = ""


@dataclass(frozen=True, slots=True)
class PatientLinks:
    """Creates and opens links. `public_url` is the base URL of the patients' pages."""

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
        Return the URL for the patient of this version; the same arguments give the same URL.

        `recipient` is the keyed hash of the number that is texted. It is stored, so that the link
        can stop texts and lead to a new time. The agenda row that erases the link is written before
        the link.

        Raises Refused with START_MISSING, and NotStored.
        """
        if appointment.start is None:
            raise Refused(START_MISSING.as_error())
        token = self.token_of(appointment.ref, appointment.version)
        digest = link_domain.digest_of(token)
        not_after = self._valid_until(appointment, appointment.start)
        self.agenda.add([AgendaRow(not_after + KEPT_AFTER_END, RETIRE_LINK, digest)])
        ref, version, start = appointment.ref, appointment.version, appointment.start
        self.links.put(Link(digest, ref, version, start, not_after, recipient))
        return self._address(token)

    def token_of(self, subject: AppointmentRef, version: Version) -> str:
        """Return the token of a version's link; nothing is stored. Raises NotStored."""
        words = link_domain.signed_words(subject, version)
        return link_domain.token_of(keys.sign(self.rings.link, words))

    def forget(self, subject: AppointmentRef, version: Version) -> None:
        """
        Erase the link of a version, whichever key of the ring signed it. Does nothing if there is
        none. Raises NotStored.
        """
        words, ring = link_domain.signed_words(subject, version), self.rings.link
        for key in ring.keys:
            token = link_domain.token_of(keys.sign(replace(ring, current=key), words))
            self.links.remove(link_domain.digest_of(token))

    def open(self, token: str, *, only_look: bool = False) -> OpenedLink:
        """
        Return what the link shows now. With `only_look` nothing is stored: a link to a new time is
        then not made, only named.

        Raises Refused with LINK_UNKNOWN or LINK_DEAD if nothing may be shown, and NotStored.
        """
        link, connection = self._known(token)
        stored = self.appointments.load(link.subject)
        appointment = stored.value if stored else None
        allowed = not self.opt_outs.stops(connection.tenant, link.recipient)
        if appointment is None or self._may_be_another_patients(link, appointment, connection):
            expired = appointment is None and link.not_after <= self.clock()
            why = LINK_EXPIRED if expired else LINK_DEAD
            return OpenedLink(why, connection, link.subject, (), allowed, link.digest)
        found = self._found(link, appointment, connection, only_look=only_look)
        languages = (appointment.language, connection.language)
        return OpenedLink(found, connection, link.subject, languages, allowed, link.digest)

    def allow_texts(self, token: str, allowed: bool) -> TextsChosen:
        """
        Stop or allow texts to the number that the link was sent to, for the whole tenant.

        Works as long as the link is known, even if the visit has changed or ended. A STOP held by
        the carrier is not changed.

        Raises Refused with LINK_UNKNOWN or LINK_DEAD, NotStored, Conflict.
        """
        link, connection = self._known(token)
        if not allowed:
            self.opt_outs.add(connection.tenant, link.recipient, BY_LINK)
            return TextsChosen(link.subject)
        stopped = self.opt_outs.stops(connection.tenant, link.recipient)
        self.opt_outs.remove(connection.tenant, link.recipient)
        number = connection.sms.from_number if connection.sms else ""
        return TextsChosen(link.subject, number if number in stopped else "")

    def _valid_until(self, appointment: Appointment, start: datetime) -> datetime:
        connection = self.connections.find(appointment.ref.connection)
        until = link_domain.valid_until(appointment, connection) if connection else None
        return until or start + LIFE_AFTER_START

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

    def _may_be_another_patients(
        self, link: Link, appointment: Appointment, connection: Connection
    ) -> bool:
        """
        Return whether the visit may belong to another person now.

        If the phone has already been erased, only the link's own version and the next one are known
        to have had the same number: an event that ends a visit or makes it an in-person visit
        brings no phone.
        """
        if appointment.patient_conflict:
            return True
        if appointment.version == link.version:
            return False
        phone = appointment.texting.phone
        if phone is None:
            return appointment.version.counter - link.version.counter != 1
        return recipient_hash(self.rings, connection.tenant, phone) != link.recipient

    def _address(self, token: str) -> str:
        return f"{self.public_url}/v/{token}"

    def _found(
        self, link: Link, appointment: Appointment, connection: Connection, *, only_look: bool
    ) -> PatientLink | ErrorInfo:
        """Return what the link of the visit's own patient shows."""
        start = appointment.start
        if start is None:
            cancelled = appointment.status is Status.CANCELLED
            return LINK_CANCELLED if cancelled else LINK_DEAD
        ended = _ended(appointment, connection, self.clock())
        if ended:
            return ended
        closed = appointment.status is Status.CLOSED
        same = appointment.version == link.version
        if not same and appointment.texting.phone is None and not closed:
            return LINK_DEAD
        moved = not same and to_the_minute(link.start) != to_the_minute(start)
        window = link_domain.window_of(appointment, connection)
        moved_to = ""
        if moved and window is None and only_look:
            moved_to = self._address(self.token_of(appointment.ref, appointment.version))
        elif moved and window is None:
            moved_to = self.make(appointment, link.recipient)
        return PatientLink(appointment, start, moved_to, moved, window)


@dataclass(frozen=True, slots=True)
class RetireLinks:
    """The erasing duty of links."""

    links: Links
    appointments: Appointments
    connections: Connections
    clock: Clock

    def handlers(self) -> Mapping[Duty, Handler]:
        """What the agenda calls."""
        return {RETIRE_LINK: self.retire}

    def retire(self, row: AgendaRow) -> RowOutcome:
        """
        Erase the link seven days after it expired. While its visit can still be joined, because it
        was moved to a later time, the link leads to it and is kept.
        """
        link = self.links.find(row.subject)
        kept_until = self._valid_until(link) + KEPT_AFTER_END if link else self.clock()
        if self.clock() < kept_until:
            return Later(kept_until)
        self.links.remove(row.subject)
        return DONE

    def _valid_until(self, link: Link) -> datetime:
        connection = self.connections.find(link.subject.connection)
        if connection is None or connection.visits is None:
            return link.not_after
        stored = self.appointments.load(link.subject)
        until = link_domain.valid_until(stored.value, connection) if stored else None
        return max(until or link.not_after, link.not_after)


def _ended(appointment: Appointment, connection: Connection, now: datetime) -> ErrorInfo | None:
    """
    Return why the visit cannot be joined. Where visits are held, a no-show ends none: the patient
    may only be late.
    """
    if appointment.status is Status.CANCELLED:
        return LINK_CANCELLED
    closed = appointment.status is Status.CLOSED and connection.visits is None
    until = link_domain.valid_until(appointment, connection)
    if closed or until is None or until <= now:
        return LINK_EXPIRED
    return LINK_NOT_VIRTUAL if appointment.virtual is False else None
