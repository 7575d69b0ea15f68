"""Somebody who was texted a link, in a world in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared_code.consent.flows import recipient_hash
from shared_code.errors import Code, ErrorInfo, Refused
from shared_code.links.flows import OpenedLink
from tests.world.connection import TENANT
from tests.world.visit import PHONE
from tests.world.world import World

URL = "https://visits.example.org"


@dataclass
class Patient:
    """Somebody who was texted a link for a visit."""

    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.opt_outs = self.world.opt_outs
        self.world.apply()
        self.token = self.link()

    def link(self) -> str:
        """The token of the appointment's present version."""
        recipient = recipient_hash(self.world.rings, TENANT, PHONE)
        return self.world.services.links.patient_links.make(self.world.row(), recipient)[-26:]

    def open(self, token: str | None = None) -> OpenedLink:
        """What the link leads to."""
        return self.world.services.links.patient_links.open(self.token if token is None else token)

    def code(self, token: str | None = None) -> Code | None:
        """Why there is no visit to see, if there is none."""
        try:
            found = self.open(token).found
        except Refused as error:
            return error.code
        return found.code if isinstance(found, ErrorInfo) else None

    def press(self, *, allow: bool) -> None:
        """The button on the page."""
        self.world.services.links.patient_links.allow_texts(self.token, allow)

    def without_phone(self) -> None:
        """The agenda erases the phone."""
        row = self.world.row()
        self.world.appointments.rows.put(row.ref, row.with_phone(None))

    def allowed(self, phone: str = PHONE) -> bool:
        """Whether the sender of texts would be allowed to."""
        return not self.opt_outs.stops(TENANT, recipient_hash(self.world.rings, TENANT, phone))
