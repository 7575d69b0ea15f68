"""One hospital with one appointment, its link, and whoever opens it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from shared_code.appointments.domain import Appointment, Status, Version
from shared_code.consent.flows import recipient_hash
from shared_code.links.domain import LINK_CANCELLED, LINK_DEAD, LINK_EXPIRED, LINK_NOT_VIRTUAL
from shared_code.links.flows import PatientLinks
from shared_code.web.browser import BrowserRequest
from shared_code.web.frame import Page
from shared_code.web.patient.link import change_texts, show_link
from tests.world.connection import TENANT, connection
from tests.world.line import unavailable
from tests.world.visit import APPOINTMENT, OTHER_PHONE, PHONE, START, appointment
from tests.world.world import World

NEXT = Version(2, "00000000")
type Headers = dict[str, str | None]

FORM: Headers = {
    "content-type": "application/x-www-form-urlencoded",
    "sec-fetch-site": "same-origin",
}


@dataclass
class Hospital(World):
    """One appointment with its link, and what became of the appointment since."""

    appointment: Appointment = field(default=APPOINTMENT, kw_only=True)

    def __post_init__(self) -> None:
        """The link is older than what became of the appointment."""
        super().__post_init__()
        self.appointments.insert(self.appointment)
        self.recipient = recipient_hash(self.rings, TENANT, PHONE)
        self.token = self.patient_links.make(APPOINTMENT, self.recipient)[-26:]

    @property
    def patient_links(self) -> PatientLinks:
        """What opens links."""
        return self.services.links.patient_links

    def page(
        self,
        token: str | None = None,
        accept_language: str = "",
        pressed: str = "",
        query: str = "",
        **changes: Any,
    ) -> Page:
        """What is shown; `changes` are the connection's."""
        self.configure(connection(**changes))
        shown = self.token if token is None else token
        address = f"/v/{shown}?{query or urlencode({'texts': pressed})}"
        request = BrowserRequest("GET", address, {"accept-language": accept_language})
        return show_link(request, shown, self.patient_links)

    def press(
        self,
        body: bytes = b"allow=no",
        headers: Headers | None = None,
        token: str | None = None,
        query: str = "",
    ) -> Page:
        """What the form's POST is answered; a header that is None is not sent."""
        sent = {name: value for name, value in (FORM | (headers or {})).items() if value}
        pressed = self.token if token is None else token
        request = BrowserRequest("POST", f"/v/{pressed}/texts?{query}", sent, body)
        return change_texts(request, pressed, self.patient_links)

    def is_stopped(self) -> bool:
        """Whether the number of the link is not texted."""
        return bool(self.opt_outs.stops(TENANT, self.recipient))


def without_links() -> Hospital:
    """While the storage of links does not answer."""
    hospital = Hospital()
    hospital.line.before = unavailable("links.find")
    return hospital


CANCELLED = appointment(version=NEXT, status=Status.CANCELLED)
MOVED = appointment(version=NEXT, start=START + timedelta(days=1))
TROUBLE = [
    (CANCELLED, LINK_CANCELLED.code),
    (appointment(version=NEXT).with_phone(OTHER_PHONE), LINK_DEAD.code),
    (appointment(version=NEXT, patient_conflict=True), LINK_DEAD.code),
    (appointment(version=NEXT, status=Status.CLOSED), LINK_EXPIRED.code),
    (appointment(version=NEXT, virtual=False), LINK_NOT_VIRTUAL.code),
]
