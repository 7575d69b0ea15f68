"""Start every simulator in this process, on the loopback address, and stop them again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from local.faults.listener import Listener, server_tls
from local.simulators import identity
from local.simulators.clock import Clock, clock_from_environment
from local.simulators.table import SIMULATORS
from local.simulators.world import World

DEFAULT_ZONE = "America/Chicago"

type Ports = Mapping[str, int]
"""Where to listen, by the names of the table; 0 or nothing takes a free port."""


class RunningSimulators(World):
    """The started simulators: their addresses, and their records and faults for tests."""

    def __init__(self, directory: Path, clock: Clock, ports: Ports, zone: ZoneInfo) -> None:
        super().__init__(directory, clock, zone)
        server = self.certificates.server
        tls = server_tls(str(server.certificate), str(server.key))
        self._listeners: list[Listener] = []
        for row in SIMULATORS:
            port = ports.get(row.name, 0)
            listener = Listener(row.service(self), port, tls if row.tls else None)
            self._listeners.append(listener)
            self.urls[row.name] = row.url(listener.port)
        for listener in self._listeners:
            listener.start()

    @property
    def ca_file(self) -> Path:
        return self.certificates.ca_file

    @property
    def acs_url(self) -> str:
        return self.urls["acs"]

    @property
    def keyvault_url(self) -> str:
        return self.urls["keyvault"]

    @property
    def desk_url(self) -> str:
        return self.urls["desk"]

    @property
    def identity_endpoint(self) -> str:
        return self.desk_url + identity.PATH

    def as_json(self) -> dict[str, Any]:
        """Return what another process needs to know; the key is local, made for this directory."""
        return {
            "ready": True,
            **self.urls,
            "identity_endpoint": self.identity_endpoint,
            "identity_header": self.identity_header,
            "entra_secret": self.entra.registration.secret,
            "acs_key": self.acs_connection_key,
            "acs_key_file": str(self.acs_key_file),
            "ca_file": str(self.ca_file),
        }

    def stop(self) -> None:
        self.faults.holds.close()
        for listener in self._listeners:
            listener.stop()


def start(
    directory: Path,
    *,
    clock: Clock | None = None,
    ports: Ports | None = None,
    door_url: str = "",
    zone: str = DEFAULT_ZONE,
) -> RunningSimulators:
    """
    Start the simulators; they are listening when this returns.

    `directory` keeps certificates, keys, and what each simulator must remember between runs; `zone`
    is that of the hospital and the phones.
    """
    clock = clock or clock_from_environment()
    running = RunningSimulators(directory, clock, ports or {}, ZoneInfo(zone))
    running.bookings.door_url = door_url
    return running
