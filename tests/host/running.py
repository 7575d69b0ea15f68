"""Start the host and its front doors as processes, and make requests. No test is here."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
_PAUSE = threading.Event()
DEADLINE = 20.0  # seconds; generous, because a loaded machine is slow
MASTER, FUNCTION = "test-master", "test-function"
PREAMBLE = """
import json, os, threading, time
from pathlib import Path
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
here = Path(os.environ["TEST_DIRECTORY"])

def record(**what):
    with open(here / "record", "a") as file:
        file.write(json.dumps(what) + "\\n")

def wait_for(name):
    while not (here / name).exists():
        threading.Event().wait(0.01)
"""


def until(condition: Callable[[], object], seconds: float = DEADLINE) -> None:
    """Return as soon as the condition holds. Fails if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        _PAUSE.wait(0.02)


def write_app(directory: Path, source: str, host_json: Mapping[str, Any] | None = None) -> Path:
    """Write a function app to `directory`/app, with the names of PREAMBLE available."""
    app = directory / "app"
    app.mkdir(exist_ok=True)
    (app / "function_app.py").write_text(PREAMBLE + textwrap.dedent(source))
    content: dict[str, Any] = {"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}
    content |= host_json or {}
    (app / "host.json").write_text(json.dumps(content))
    return app


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    port: int,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Make one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def refuses_connections(port: int) -> bool:
    """Return whether nothing listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


class RunningHost:
    """The local host in a separate process, on an app in `directory`/app."""

    def __init__(self, directory: Path, environment: Mapping[str, str], port: int = 0) -> None:
        """Start it and wait for its ready line."""
        self.directory = directory
        self.log = directory / "host.log"
        with self.log.open("a") as log:
            self.process = start_host(directory / "app", environment, port, log)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.ready: dict[str, Any] = json.loads(line)
        self.port = int(self.ready["port"])

    def call(self, path: str, method: str = "GET", body: bytes | None = None) -> Answer:
        """Make one request to the host itself."""
        return call(self.port, path, method, body, {"x-functions-key": MASTER})

    def records(self) -> list[dict[str, Any]]:
        """Return what the app's functions have recorded so far."""
        path = self.directory / "record"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stop(self) -> int:
        """Stop the host in an orderly way and return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Return the exit status once the process has ended."""
        status = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.wait()


def start_host(
    app: Path, environment: Mapping[str, str], port: int, log: IO[str]
) -> subprocess.Popen[str]:
    """Start the host's process without waiting for its ready line."""
    return subprocess.Popen(
        [sys.executable, "-m", "local.host", str(app), "--port", str(port)],
        cwd=ROOT,
        env=os.environ
        | {
            "LOCAL_HOST_MASTER_KEY": MASTER,
            "LOCAL_HOST_FUNCTION_KEY": FUNCTION,
            "TEST_DIRECTORY": str(app.parent),
        }
        | dict(environment),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
