"""
Patients' links: made when a text is sent, looked up when somebody opens one.

A token is recomputed whenever it is needed and stored nowhere; the table knows its digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.domain import link as link_domain
from shared_code.domain.agenda import AgendaRow, Duty
from shared_code.domain.appointment import Appointment, Status
from shared_code.domain.connection import Connection
from shared_code.domain.link import Link, Person
from shared_code.errors import ErrorCode, Refused
from shared_code.ports import Agenda, Appointments, Clock, Connections, Links
from shared_code.security import keys
from shared_code.security.keys import Rings

LIFE_AFTER_START = timedelta(hours=12)
"""How long after the start a link still answers."""
KEPT_AFTER_END = timedelta(days=7)
"""How long an expired link is still known, so that it can say that it has expired."""


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Where links are kept and how they begin."""

    links: Links
    agenda: Agenda
    public_url: str


@dataclass(frozen=True, slots=True)
class Visitors:
    """What opening a link needs."""

    links: Links
    appointments: Appointments
    connections: Connections
    clock: Clock


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a patient's link leads to."""

    connection: Connection
    appointment: Appointment
    start: datetime


def make_link(appointment: Appointment, maker: LinkMaker, rings: Rings) -> str:
    """
    The URL for the patient of this version; making it again gives the same one.

    The row that erases the link is on the agenda before the link exists.
    """
    if appointment.start is None:
        raise Refused(ErrorCode.START_MISSING)
    words = link_domain.signed_words(appointment.ref, appointment.version, Person.PATIENT)
    token = link_domain.token_of(keys.sign(rings.link, words))
    digest, not_after = link_domain.digest_of(token), appointment.start + LIFE_AFTER_START
    maker.agenda.add([AgendaRow(not_after + KEPT_AFTER_END, Duty.RETIRE_LINK, digest)])
    maker.links.put(Link(digest, appointment.ref, appointment.version, Person.PATIENT, not_after))
    return f"{maker.public_url}/v/{token}"


def open_link(token: str, visitors: Visitors) -> OpenedLink:
    """
    What the link says now. Raises Refused with LINK_UNKNOWN, LINK_EXPIRED or LINK_DEAD, and
    NotStored.

    A link belongs to one version of an appointment: after a change it is dead, because phone or
    patient may be another's.
    """
    if not link_domain.is_token(token):
        raise Refused(ErrorCode.LINK_UNKNOWN)
    link = visitors.links.find(link_domain.digest_of(token))
    if link is None:
        raise Refused(ErrorCode.LINK_UNKNOWN)
    if link.not_after <= visitors.clock():
        raise Refused(ErrorCode.LINK_EXPIRED)
    stored = visitors.appointments.load(link.subject)
    connection = visitors.connections.find(link.subject.connection)
    if stored is None or connection is None or link.revoked:
        raise Refused(ErrorCode.LINK_DEAD)
    appointment = stored.value
    if appointment.version != link.version or appointment.status is not Status.ACTIVE:
        raise Refused(ErrorCode.LINK_DEAD)
    if appointment.start is None:
        raise Refused(ErrorCode.LINK_DEAD)
    return OpenedLink(connection, appointment, appointment.start)
