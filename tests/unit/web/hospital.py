"""One hospital with one appointment, its link, and whoever opens it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from local.memory.optouts import MemoryOptOuts
from local.memory.ports import (
    MemoryAgenda,
    MemoryAppointments,
    MemoryConnections,
    MemoryLinks,
    MemoryRings,
)
from shared_code.appointments.domain import Appointment, EventOrder, Status, Version
from shared_code.consent.flows import recipient_hash
from shared_code.errors import NotStored
from shared_code.links.domain import LINK_CANCELLED, LINK_DEAD, LINK_EXPIRED, LINK_NOT_VIRTUAL, Link
from shared_code.links.flows import PatientLinks
from shared_code.links.ports import Links
from shared_code.web.patient.link import TextsRequest, change_texts, show_link
from shared_code.web.patient.page import Page
from tests.world.clock import NOW, FixedClock
from tests.world.connection import TENANT, connection
from tests.world.visit import OTHER_PHONE, PHONE, REF, START

URL = "https://visits.example.org"
APPOINTMENT = Appointment(
    REF,
    "36996",
    Status.ACTIVE,
    Version(1, "3fa9c1d2"),
    EventOrder(NOW, None, NOW),
    start=START,
    phone=PHONE,
)
NEXT = Version(2, "00000000")
type Headers = dict[str, str | None]

FORM: Headers = {
    "content-type": "application/x-www-form-urlencoded",
    "sec-fetch-site": "same-origin",
}


class ClosedLinks(MemoryLinks):
    """The port Links while the storage does not answer."""

    def find(self, digest: str) -> Link | None:
        """Never."""
        raise NotStored


@dataclass
class Hospital:
    """One appointment with its link, and what became of the appointment since."""

    appointment: Appointment = APPOINTMENT
    links: Links = field(default_factory=MemoryLinks)
    clock: FixedClock = field(default_factory=FixedClock)
    opt_outs: MemoryOptOuts = field(default_factory=MemoryOptOuts)
    rings: MemoryRings = field(default_factory=MemoryRings)

    def __post_init__(self) -> None:
        self.recipient = recipient_hash(self.rings, TENANT, PHONE)
        self.token = self.patient_links().make(APPOINTMENT, self.recipient)[-26:]

    def patient_links(self, **changes: Any) -> PatientLinks:
        """What opens links; `changes` are the connection's."""
        appointments = MemoryAppointments()
        appointments.insert(self.appointment)
        return PatientLinks(
            links=self.links,
            appointments=appointments,
            connections=MemoryConnections({REF.connection: connection(**changes)}),
            opt_outs=self.opt_outs,
            agenda=MemoryAgenda(),
            rings=self.rings,
            public_url=URL,
            clock=self.clock,
        )

    def page(
        self,
        token: str | None = None,
        accept_language: str = "",
        pressed: str = "",
        **changes: Any,
    ) -> Page:
        """What is shown; `changes` are the connection's."""
        shown = self.token if token is None else token
        return show_link(shown, accept_language, self.patient_links(**changes), pressed)

    def press(
        self,
        body: bytes = b"allow=no",
        headers: Headers | None = None,
        token: str | None = None,
    ) -> Page:
        """What the form's POST is answered; a header that is None is not sent."""
        sent = {name: value for name, value in (FORM | (headers or {})).items() if value}
        request = TextsRequest(self.token if token is None else token, sent, body)
        return change_texts(request, self.patient_links())

    def is_stopped(self) -> bool:
        """Whether the number of the link is not texted."""
        return bool(self.opt_outs.stops(TENANT, self.recipient))


CANCELLED = replace(APPOINTMENT, version=NEXT, status=Status.CANCELLED)
MOVED = replace(APPOINTMENT, version=NEXT, start=START + timedelta(days=1))
TROUBLE = [
    (CANCELLED, LINK_CANCELLED.code),
    (replace(APPOINTMENT, version=NEXT, phone=OTHER_PHONE), LINK_DEAD.code),
    (replace(APPOINTMENT, version=NEXT, patient_conflict=True), LINK_DEAD.code),
    (replace(APPOINTMENT, version=NEXT, status=Status.CLOSED), LINK_EXPIRED.code),
    (replace(APPOINTMENT, version=NEXT, virtual=False), LINK_NOT_VIRTUAL.code),
]
