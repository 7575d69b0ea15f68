"""
The simulators of one process, and what they share.

A new simulator is one attribute here and one row for each of its listeners in table.py.
"""

import base64
import secrets
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from local.certificates import Certificates, ensure, write_whole
from local.faults.holds import Holds
from local.faults.listener import Service
from local.faults.rules import Plan
from local.simulators.acs.access import Access
from local.simulators.acs.service import Acs
from local.simulators.clock import Clock
from local.simulators.desk.control import Control, Faults
from local.simulators.desk.epic import EpicDesk
from local.simulators.desk.epic_control import EpicControl
from local.simulators.desk.phone import Phone
from local.simulators.desk.router import Desk
from local.simulators.desk.schedule import Schedule
from local.simulators.entra.pages import SignInPages
from local.simulators.entra.registration import Registration
from local.simulators.entra.service import Entra
from local.simulators.entra.signer import Signer
from local.simulators.epic.bookings import Bookings
from local.simulators.epic.chart import Chart
from local.simulators.epic.smart import Epic, EpicPages
from local.simulators.graph.meetings import Meetings
from local.simulators.graph.service import Graph
from local.simulators.identity import IdentityEndpoint, Tokens
from local.simulators.kept import Kept
from local.simulators.keyvault.service import KeyVault
from local.simulators.keyvault.store import SecretStore
from local.simulators.meeting.rooms import Rooms
from local.simulators.meeting.site import MeetingSite
from local.simulators.memory import Memory
from local.simulators.simulator import Framed, Simulator


class World:
    """
    Every simulator as an attribute, made when it is first used.

    `urls` holds the address of each listener by its name in the table. Listeners are bound before
    the first request, so a simulator reads its own and the others' addresses when it answers.
    """

    def __init__(self, directory: Path, clock: Clock, zone: ZoneInfo) -> None:
        self.directory = directory
        self.clock = clock
        self.zone = zone
        self.certificates: Certificates = ensure(directory, clock.real_now())
        self.urls: dict[str, str] = {}
        self.memory = Memory()
        self.faults = Faults(Plan(), Holds())
        self.tokens = Tokens()
        self.identity_header = secrets.token_urlsafe(24)

    def folder(self, name: str) -> Path:
        """Return the folder in which the simulator of that name keeps what a restart must keep."""
        folder = self.directory / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def framed(self, target: str, simulator: Simulator) -> Service:
        """Return the simulator with its requests recorded and its faults played under `target`."""
        self.faults.targets.add(target)
        return Framed(
            target,
            simulator,
            clock=self.clock,
            plan=self.faults.plan,
            holds=self.faults.holds,
            memory=self.memory,
        ).serve

    def reset(self) -> None:
        """Erase requests, texts, opt-outs, faults and bookings; keys and secrets are kept."""
        self.faults.clear()
        self.faults.release()
        self.memory.reset()
        self.acs.reset()
        self.bookings.reset()
        self.entra.reset()
        self.epic.reset()
        self.graph.reset()
        self.meeting.reset()

    @property
    def acs_key_file(self) -> Path:
        return self.folder("acs") / "key"

    @cached_property
    def acs_connection_key(self) -> str:
        file = self.acs_key_file
        if not file.exists():
            write_whole(file, base64.b64encode(secrets.token_bytes(64)), 0o600)
        return file.read_text()

    @cached_property
    def acs(self) -> Acs:
        access = Access(self.acs_connection_key, self.tokens)
        return Acs(access, self.clock, self.folder("acs"))

    @cached_property
    def keyvault(self) -> KeyVault:
        store = SecretStore(self.folder("keyvault") / "secrets.json")
        return KeyVault(store, self.tokens, self.clock, lambda: self.urls["keyvault"])

    @cached_property
    def entra(self) -> Entra:
        folder = self.folder("entra")
        registration = Registration(Kept(folder / "registration"))
        signer = Signer(Kept(folder / "keys"))
        return Entra(registration, signer, self.tokens, self.clock, self.urls)

    @cached_property
    def entra_pages(self) -> SignInPages:
        return SignInPages(self.entra, self.clock)

    @cached_property
    def bookings(self) -> Bookings:
        return Bookings(self.certificates, self.clock, self.zone, self.folder("desk"))

    @cached_property
    def epic(self) -> Epic:
        return Epic(
            self.folder("epic"),
            self.certificates.ca_file,
            Chart(self.bookings, self.zone),
            self.clock,
            self.faults.holds.hold,
            self.urls,
        )

    @cached_property
    def epic_pages(self) -> EpicPages:
        return EpicPages(self.epic)

    @cached_property
    def graph(self) -> Graph:
        meetings = Meetings(Kept(self.folder("graph") / "meetings"))
        return Graph(
            meetings,
            self.tokens,
            self.clock,
            url=lambda: self.urls["graph"],
            meeting_url=lambda: self.urls["meeting"],
        )

    @cached_property
    def meeting(self) -> MeetingSite:
        rooms = Rooms(Kept(self.folder("meeting") / "people"), self.clock)
        return MeetingSite(self.graph.meetings, rooms)

    @cached_property
    def desk(self) -> Desk:
        token_endpoint = IdentityEndpoint(
            self.tokens, self.identity_header, self.clock, self.entra.assertion
        )
        epic = EpicControl(self.epic, self.bookings)
        return Desk(
            control=Control(
                faults=self.faults,
                memory=self.memory,
                acs=self.acs,
                conducts={
                    "entra": self.entra.configure,
                    "epic": epic.configure,
                    "epic/launch": epic.begin,
                    "graph": self.graph.configure,
                    "meeting": self.meeting.configure,
                },
                reset=self.reset,
            ),
            phones=Phone(self.acs, self.zone),
            epic=EpicDesk(self.bookings),
            schedule=Schedule(self.epic, self.bookings),
            token_endpoint=self.framed("msi", token_endpoint),
            meeting_url=lambda: self.urls["meeting"],
        )
