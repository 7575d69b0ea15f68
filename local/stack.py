"""
The whole product on one machine: storage emulator, simulators, two Functions hosts, front doors.

`start()` is used by `make run`, `make demo`, the tests and the benchmark; only ports, directory and
a few settings differ.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from local import certificates, epic_setup, processes, seed
from local.azurite import emulator
from local.azurite.emulator import Emulator
from local.certificates import Certificates
from local.event_grid import EventGrid
from local.processes import Child
from local.simulators.entra.directory import CLIENT_ID, USER_IDENTITY
from local.simulators.table import SIMULATORS

MASTER_KEY = "local-master-key"
_HOST = "127.0.0.1"
_HOST_PORTS = range(20_000, 32_000)
"""
Below the ports that systems assign to clients and to listeners on port 0, so that the port of a
host that has not started yet, or is to be restarted, stays free.
"""
_MORNING, _EVENING = time(10), time(19)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0, or a simulator that is not named, takes a free port."""

    http: int = 0
    https: int = 0
    simulators: Mapping[str, int] = field(default_factory=dict)
    storage: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Options:
    """
    How to start.

    `keep`: data survives a restart. `roles` are the hosts to run. `faulty_tables` puts the fault
    proxy between the hosts and the tables.
    """

    directory: Path
    ports: Ports = Ports()
    keep: bool = False
    roles: tuple[str, ...] = ("hl7", "web")
    settings: Mapping[str, str] = field(default_factory=dict)
    faulty_tables: bool = False


@dataclass(slots=True)
class Stack:
    """The running machine."""

    options: Options
    certificates: Certificates
    storage: Emulator
    simulators: Child
    doors: Child
    table_faults: Child | None
    event_grid: EventGrid
    hosts: dict[str, Child]
    host_ports: dict[str, int]
    environment: dict[str, str]
    http_url: str
    https_url: str
    clock_file: Path

    @property
    def clock_offset(self) -> float:
        """Return by how many seconds the machine's clock is ahead."""
        return float(self.clock_file.read_text(encoding="ascii"))

    @property
    def desk_url(self) -> str:
        """Return the URL of the Epic desk and the phones."""
        return str(self.simulators.ready["desk"])

    @property
    def meeting_url(self) -> str:
        """Return the URL of the page with all meetings."""
        return str(self.simulators.ready["meeting"])

    def start_host(self, role: str) -> None:
        """Start the host of a role, again on its port."""
        self.hosts[role] = _start_host(
            role, self.host_ports[role], self.options.directory, self.environment
        )

    def move_clock(self, seconds: float) -> None:
        """Move the clock of the app, the hosts' timers and the simulators to now + seconds."""
        # atomically: a reader of an empty file would fall back to the real time
        certificates.write_whole(self.clock_file, str(seconds).encode("ascii"), 0o644)

    def stop_hosts(self) -> None:
        """Stop all hosts at the same time: each may need some seconds to finish its work."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Child.stop, self.hosts.values()))

    def stop(self) -> None:
        """Stop everything, the hosts first, so that they can finish their work."""
        self.stop_hosts()
        self.event_grid.stop()
        for child in (self.doors, self.simulators, self.table_faults):
            if child is not None:
                child.stop()
        self.storage.stop()


def start(options: Options) -> Stack:
    """Return when every part is ready. If one does not start, all others are stopped."""
    options.directory.mkdir(parents=True, exist_ok=True)
    clock_file = options.directory / "clock-offset"
    kept = read_offset(clock_file) if options.keep else 0.0
    clock_file.write_text(str(offset_by_day(kept, datetime.now(UTC))), encoding="ascii")
    with ExitStack() as undo:
        running = _start(options, clock_file, undo)
        undo.pop_all()
    return running


def seconds_until_day(now: datetime) -> float:
    """
    Return 0 by day at the seeded hospital, else the seconds until ten in the morning there.

    At night the product texts nobody, and a new user would have to wait until it is day.
    """
    there = now.astimezone(seed.ZONE)
    if _MORNING <= there.time() < _EVENING:
        return 0.0
    ten = datetime.combine(there.date(), _MORNING, seed.ZONE)
    if there.time() >= _EVENING:
        ten += timedelta(days=1)
    return (ten.astimezone(UTC) - now).total_seconds()


def offset_by_day(kept: float, now: datetime) -> float:
    """
    Return the seconds to be ahead of `now`: those of the run before, since time must not go
    backwards over data that is kept, and more if it were night at the hospital then.
    """
    return kept + seconds_until_day(now + timedelta(seconds=kept))


def read_offset(clock_file: Path) -> float:
    """Return the offset of the run before; a missing, broken or negative one counts as zero."""
    try:
        return max(0.0, float(clock_file.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return 0.0


def _start(options: Options, clock_file: Path, undo: ExitStack) -> Stack:
    directory = options.directory
    identities = certificates.ensure(directory / "simulators", datetime.now(UTC))
    host_ports = {role: _free_port() for role in options.roles}
    storage, simulators, doors = _start_parts(options, identities, host_ports, clock_file, undo)
    table_faults = _start_table_faults(options, storage)
    if table_faults is not None:
        undo.callback(table_faults.stop)
    http_port, https_port = doors.ready["ports"]
    http_url = f"http://localhost:{http_port}"
    connection_string = _connection_string(storage, table_faults)
    environment = _environment(options, connection_string, simulators, http_url, clock_file)
    _seed(directory, simulators, identities, environment)
    event_grid = EventGrid(
        str(simulators.ready["desk"]), storage.connection_string, directory / "event-grid"
    )
    undo.callback(event_grid.stop)
    running = Stack(
        options=options,
        certificates=identities,
        storage=storage,
        simulators=simulators,
        doors=doors,
        table_faults=table_faults,
        event_grid=event_grid,
        hosts={},
        host_ports=host_ports,
        environment=environment,
        http_url=http_url,
        https_url=f"https://localhost:{https_port}",
        clock_file=clock_file,
    )
    undo.callback(running.stop_hosts)
    with ThreadPoolExecutor() as pool:
        list(pool.map(running.start_host, options.roles))
    return running


def _start_parts(
    options: Options,
    identities: Certificates,
    host_ports: Mapping[str, int],
    clock_file: Path,
    undo: ExitStack,
) -> tuple[Emulator, Child, Child]:
    """Start storage, simulators and front doors at the same time."""
    data = options.directory / "storage" if options.keep else None
    with ThreadPoolExecutor() as pool:
        storage = pool.submit(emulator.start, processes.node(), data, options.ports.storage)
        simulators = pool.submit(_start_simulators, options, clock_file)
        doors = pool.submit(_start_doors, options, identities, host_ports)
    if storage.exception() is None:
        undo.callback(storage.result().stop)
    for part in (simulators, doors):
        if part.exception() is None:
            undo.callback(part.result().stop)
    return storage.result(), simulators.result(), doors.result()


def _start_simulators(options: Options, clock_file: Path) -> Child:
    ports = options.ports.simulators
    command = processes.python_command(
        "local.simulators",
        *("--directory", str(options.directory / "simulators")),
        *(part for row in SIMULATORS for part in (row.option, str(ports.get(row.name, 0)))),
    )
    environment = {"CONNECTOR_CLOCK_OFFSET_FILE": str(clock_file)}
    return processes.start("simulators", command, options.directory, environment)


def _start_doors(options: Options, identities: Certificates, ports: Mapping[str, int]) -> Child:
    """
    Start the front doors: HTTP for the web app, HTTPS with client certificates for the HL7 app.
    """
    web = ports.get("web") or ports.get("all") or ports["hl7"]
    door = ports.get("hl7") or ports.get("all") or ports["web"]
    tls = {"key": str(identities.server.key), "cert": str(identities.server.certificate)}
    listeners = [
        {"port": options.ports.http, "target": web, "tls": False},
        {"port": options.ports.https, "target": door, "tls": tls},
    ]
    front = str(processes.ROOT / "local" / "host" / "front.js")
    command = [processes.node(), front, json.dumps({"listeners": listeners})]
    return processes.start("doors", command, options.directory)


def _start_table_faults(options: Options, storage: Emulator) -> Child | None:
    if not options.faulty_tables:
        return None
    target = storage.table.rsplit("/", 1)[0]
    command = processes.python_command("local.faults", "--target", target)
    return processes.start("table-faults", command, options.directory)


def _connection_string(storage: Emulator, table_faults: Child | None) -> str:
    if table_faults is None:
        return storage.connection_string
    through = f"{table_faults.ready['url']}/{storage.table.rsplit('/', 1)[1]}"
    return storage.connection_string.replace(storage.table, through)


def _environment(
    options: Options, connection_string: str, simulators: Child, http_url: str, clock_file: Path
) -> dict[str, str]:
    ready = simulators.ready
    return {
        "AzureWebJobsStorage": connection_string,
        "IDENTITY_ENDPOINT": ready["identity_endpoint"],
        "IDENTITY_HEADER": ready["identity_header"],
        "PYTHON_THREADPOOL_THREAD_COUNT": "64",
        "LOCAL_HOST_MASTER_KEY": MASTER_KEY,
        "CONNECTOR_CONNECTIONS_FILE": str(options.directory / "connections.json"),
        "CONNECTOR_VAULT_URL": ready["keyvault"],
        "CONNECTOR_PUBLIC_URL": http_url,
        "CONNECTOR_ACS_ENDPOINT": ready["acs"],
        "CONNECTOR_ACS_KEY_SECRET": seed.ACS_KEY_SECRET,
        "CONNECTOR_CLIENT_CERTIFICATE_SOURCE": "app-service",
        "CONNECTOR_IDENTITY_CLIENT_ID": USER_IDENTITY,
        "CONNECTOR_ENTRA_CLIENT_ID": CLIENT_ID,
        "CONNECTOR_ENTRA_TENANT_ID": seed.TENANT,
        "CONNECTOR_ENTRA_SECRET_NAME": seed.ENTRA_SECRET,
        "CONNECTOR_LOGIN_URL": ready["entra"],
        "CONNECTOR_GRAPH_URL": ready["graph"],
        "CONNECTOR_MEETING_HOSTS": "localhost",
        "CONNECTOR_OUTBOUND_LOOPBACK": "on",
        "CONNECTOR_TRUSTED_CA_FILE": ready["ca_file"],
        "CONNECTOR_CLOCK_OFFSET_FILE": str(clock_file),
        **options.settings,
    }


def _seed(
    directory: Path, simulators: Child, identities: Certificates, environment: Mapping[str, str]
) -> None:
    identity = {name: environment[name] for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")}
    ready = simulators.ready
    ring = seed.seed_vault(ready, identity)
    seed.write_connections(directory / "connections.json", ring, identities, ready)
    epic_setup.configure(ready["desk"], environment["CONNECTOR_PUBLIC_URL"])
    seed.register_app(ready["desk"], environment["CONNECTOR_PUBLIC_URL"])


def _start_host(role: str, port: int, directory: Path, environment: Mapping[str, str]) -> Child:
    arguments = (str(processes.ROOT), "--port", str(port), "--with-parent")
    command = processes.python_command("local.host", *arguments)
    return processes.start(
        f"host-{role}", command, directory, {**environment, "CONNECTOR_ROLE": role}
    )


def _free_port() -> int:
    while True:
        port = secrets.choice(_HOST_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((_HOST, port))
            return port
