"""Start every simulator in this process, on the loopback address, and stop them again."""

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from local.certificates import Certificates, ensure, write_whole
from local.faults.holds import Holds
from local.faults.listener import Listener, Service, server_tls
from local.faults.rules import Plan
from local.simulators import identity
from local.simulators.acs.access import Access
from local.simulators.acs.service import Acs
from local.simulators.clock import Clock, clock_from_environment
from local.simulators.desk.control import Control, Faults
from local.simulators.desk.epic import EpicDesk
from local.simulators.desk.phone import Phone
from local.simulators.desk.router import Desk
from local.simulators.epic.bookings import Bookings
from local.simulators.identity import IdentityEndpoint, Tokens
from local.simulators.keyvault.service import KeyVault
from local.simulators.keyvault.store import SecretStore
from local.simulators.memory import Memory
from local.simulators.simulator import Framed, Simulator

DEFAULT_ZONE = "America/Chicago"


@dataclass(frozen=True)
class Ports:
    """Where to listen; 0 takes a free port."""

    acs: int = 0
    keyvault: int = 0
    desk: int = 0


class RunningSimulators:
    """The started simulators: their addresses, and their records and faults for tests."""

    def __init__(self, directory: Path, clock: Clock, ports: Ports, zone: ZoneInfo) -> None:
        self.clock = clock
        self.certificates: Certificates = ensure(directory, clock.real_now())
        self.ca_file = self.certificates.ca_file
        self.acs_key_file = directory / "acs-key"
        self.acs_connection_key = _access_key(self.acs_key_file)
        self.identity_header = secrets.token_urlsafe(24)
        self.memory = Memory()
        self.faults = Faults(Plan(), Holds())
        self.tokens = Tokens()
        self.acs = Acs(Access(self.acs_connection_key, self.tokens), clock)
        store = SecretStore(directory / "keyvault-secrets.json")
        self.keyvault = KeyVault(store, self.tokens, clock)
        self.bookings = Bookings(self.certificates, clock, zone)
        server = self.certificates.server
        tls = server_tls(str(server.certificate), str(server.key))
        self._acs = Listener(self._framed("acs", self.acs), ports.acs, tls)
        self._keyvault = Listener(self._framed("keyvault", self.keyvault), ports.keyvault, tls)
        self._desk = Listener(self._new_desk(zone).serve, ports.desk)
        self.keyvault.listen_on(self._keyvault.port)
        self.acs_url = f"https://localhost:{self._acs.port}"
        self.keyvault_url = f"https://127.0.0.1:{self._keyvault.port}"
        self.desk_url = f"http://127.0.0.1:{self._desk.port}"
        self.identity_endpoint = self.desk_url + identity.PATH
        for listener in self._listeners:
            listener.start()

    def as_json(self) -> dict[str, Any]:
        """Return what another process needs to know; the key is local, made for this directory."""
        return {
            "ready": True,
            "acs": self.acs_url,
            "keyvault": self.keyvault_url,
            "desk": self.desk_url,
            "identity_endpoint": self.identity_endpoint,
            "identity_header": self.identity_header,
            "acs_key": self.acs_connection_key,
            "acs_key_file": str(self.acs_key_file),
            "ca_file": str(self.ca_file),
        }

    def reset(self) -> None:
        """Erase requests, texts, opt-outs, faults and bookings; keys and secrets are kept."""
        self.faults.clear()
        self.faults.release()
        self.memory.reset()
        self.acs.reset()
        self.bookings.reset()

    def stop(self) -> None:
        self.faults.holds.close()
        for listener in self._listeners:
            listener.stop()

    @property
    def _listeners(self) -> tuple[Listener, ...]:
        return self._acs, self._keyvault, self._desk

    def _framed(self, target: str, simulator: Simulator) -> Service:
        return Framed(
            target,
            simulator,
            clock=self.clock,
            plan=self.faults.plan,
            holds=self.faults.holds,
            memory=self.memory,
        ).serve

    def _new_desk(self, zone: ZoneInfo) -> Desk:
        epic = EpicDesk(self.bookings)
        token_endpoint = IdentityEndpoint(self.tokens, self.identity_header, self.clock)
        return Desk(
            control=Control(
                faults=self.faults,
                memory=self.memory,
                acs=self.acs,
                configure_epic=epic.configure,
                reset=self.reset,
            ),
            phones=Phone(self.acs, zone),
            epic=epic,
            token_endpoint=self._framed("msi", token_endpoint),
        )


def start(
    directory: Path,
    *,
    clock: Clock | None = None,
    ports: Ports = Ports(),
    door_url: str = "",
    zone: str = DEFAULT_ZONE,
) -> RunningSimulators:
    """
    Start the simulators; they are listening when this returns.

    `directory` keeps certificates, keys and secrets between runs; `zone` is that of the hospital
    and the phones.
    """
    running = RunningSimulators(directory, clock or clock_from_environment(), ports, ZoneInfo(zone))
    running.bookings.door_url = door_url
    return running


def _access_key(file: Path) -> str:
    if not file.exists():
        write_whole(file, base64.b64encode(secrets.token_bytes(64)), 0o600)
    return file.read_text()
