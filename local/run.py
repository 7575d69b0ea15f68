"""`make run`: start everything, print where to click, wait for Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
import urllib.request

from local import processes, seed, stack
from local.simulators.table import PORTS

_PREFERRED = stack.Ports(
    http=7071,
    https=7443,
    simulators=PORTS,
    storage=(10000, 10001, 10002),
)


def main() -> int:
    """Run until stopped. Returns 0 after an orderly stop."""
    argparse.ArgumentParser(prog="python -m local.run", description=__doc__).parse_args()
    began = time.monotonic()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    directory = processes.ROOT / "build" / "local"
    settings = {"CONNECTOR_CONFIRMATION_DELAY_SECONDS": "3"}
    options = stack.Options(directory, _free(_PREFERRED), keep=True, settings=settings)
    try:
        running = stack.start(options)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        connect_desk(running)
        _print_addresses(running, time.monotonic() - began)
        stop.wait()
        print("\nStopping ...", flush=True)
    finally:
        running.stop()
    return 0


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


def _print_addresses(running: stack.Stack, seconds: float) -> None:
    ahead = running.clock_offset / 3600
    if ahead:
        print(f"\nIt is night at the hospital: the machine's clock was set {ahead:.1f} h ahead.")
    print(
        f"""
Ready after {seconds:.1f} s. Everything listens on this machine only.

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
                                --url {running.http_url} --key-env KEY problems

Ctrl-C stops everything.""",
        flush=True,
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
