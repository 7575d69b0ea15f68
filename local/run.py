"""`make run`: start everything, print where to click, wait for Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import json
import signal
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from local import processes, seed, stack
from local.simulators.table import PORTS

_PREFERRED = stack.Ports(
    http=7071,
    https=7443,
    simulators=PORTS,
    storage=(10000, 10001, 10002),
)
_LOOK_EVERY_SECONDS = 1.0


class RunningAlready(Exception):
    """Another `make run` uses the folder; `url` is its web app's, empty while it starts."""

    def __init__(self, url: str) -> None:
        super().__init__(f"already running here: {url or 'it is just starting'}")


def main() -> int:
    """Run until stopped. Returns 0 after an orderly stop."""
    argparse.ArgumentParser(prog="python -m local.run", description=__doc__).parse_args()
    began = time.monotonic()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    directory = processes.ROOT / "build" / "local"
    try:
        with alone_in(directory) as running_file:
            return _run(directory, running_file, began, stop)
    except (RunningAlready, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(directory: Path, running_file: Path, began: float, stop: threading.Event) -> int:
    settings = {"CONNECTOR_CONFIRMATION_DELAY_SECONDS": "3"}
    ports = _free(_PREFERRED)
    running = stack.start(stack.Options(directory, ports, keep=True, settings=settings))
    try:
        connect_desk(running)
        running_file.write_text(running.http_url, encoding="ascii")
        _print_addresses(running, ports, time.monotonic() - began)
        while not stop.wait(_LOOK_EVERY_SECONDS):
            restart_dead_hosts(running)
        print("\nStopping ...", flush=True)
    finally:
        running.stop()
    return 0


@contextmanager
def alone_in(directory: Path) -> Iterator[Path]:
    """
    Keep every other `make run` out of the folder, since two would share their data.

    Yields the file that names the web app's URL. Raises RunningAlready.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "running"
    with file.open("a+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            raise RunningAlready(handle.read().strip()) from None
        handle.truncate(0)
        yield file
        handle.truncate(0)


def restart_dead_hosts(running: stack.Stack) -> None:
    """Say which host has ended by itself, and start it again, as Azure would."""
    for role, host in list(running.hosts.items()):
        status = host.process.poll()
        if status is None:
            continue
        print(f"The {role} host ended (status {status}); its log: {host.log}.", flush=True)
        try:
            running.start_host(role)
        except RuntimeError as error:
            print(f"{error}\nTrying again ...", flush=True)
        else:
            print(f"The {role} host runs again.", flush=True)


def connect_desk(running: stack.Stack) -> None:
    """Tell the Epic desk the URL of our HL7 endpoint."""
    door = f"{running.https_url}/hl7/{seed.PRODUCTION}"
    request = urllib.request.Request(
        f"{running.desk_url}/control/epic",
        data=json.dumps({"door_url": door}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        response.read()


def _print_addresses(running: stack.Stack, ports: stack.Ports, seconds: float) -> None:
    taken = taken_ports(ports)
    if taken:
        print(f"\nOther ports than usual: {taken} taken, perhaps by another copy of this project.")
    if running.clock_offset:
        print("\n" + simulated_time(datetime.now(UTC), running.clock_offset))
    print(f"\nReady after {seconds:.1f} s. Everything listens on this machine only.\n")
    print(addresses(running))
    print("\nCtrl-C stops everything.", flush=True)


def addresses(running: stack.Stack) -> str:
    """Return one line for each place to look at. docs/simulators.md promises labels and URLs."""
    return f"""\
  Book a visit as Epic would    {running.desk_url}/epic
                                (in ten minutes from now, to join it at once)
  Begin virtual visit, in Epic  {running.desk_url}/epic/schedule
  Read the patient's phone      {running.desk_url}/phone
                                (in a private window: one browser is one person)
  See who is in which meeting   {running.meeting_url}
  The app's own answer          {running.http_url}/health   (healthy within a minute)

  HL7 door (client certificate) {running.https_url}/hl7/{seed.PRODUCTION}
  Logs                          build/local/*.log
  An operator's command         KEY={stack.MASTER_KEY} python3 tools/operations.py \\
                                --url {running.http_url} --key-env KEY problems"""


def taken_ports(found: stack.Ports) -> str:
    """Name the usual ports of pages and doors that were not free; empty if all were."""
    usual = {_PREFERRED.http: found.http, _PREFERRED.https: found.https}
    usual |= {port: found.simulators[name] for name, port in PORTS.items()}
    ports = [str(port) for port, got in usual.items() if got != port]
    return ", ".join(ports) + (" is" if len(ports) == 1 else " are") if ports else ""


def simulated_time(now: datetime, offset: float) -> str:
    """Say what time it is at the seeded hospital, and that only the simulation's clock is ahead."""
    there = datetime.fromtimestamp(now.timestamp() + offset, seed.ZONE)
    return (
        f"At the hospital it is {there:%A, %d %B %Y, %H:%M %Z}: the simulation's clock is"
        f" {offset / 3600:.1f} h ahead, because\ntexts go from 08:00 to 21:00 there. The computer's"
        " own clock is as it was."
    )


def _free(wanted: stack.Ports) -> stack.Ports:
    """Return the usual ports, or any free one for a port that is taken."""
    blob, queue, table = (_port(port) for port in wanted.storage)
    return stack.Ports(
        http=_port(wanted.http),
        https=_port(wanted.https),
        simulators={name: _port(port) for name, port in wanted.simulators.items()},
        storage=(blob, queue, table),
    )


def _port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


if __name__ == "__main__":
    sys.exit(main())
