"""
How the steps use the running machine: as Epic, as a patient and as an operator, with clock and
faults.

Every request goes to the endpoint that Epic, a patient or an operator would use.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from local import seed, stack
from local.demo.browser import Browser
from local.demo.html_page import BrowserStopped
from local.simulators.epic import messages, sender
from local.simulators.epic.sender import Answer
from local.stack import Stack

HOSPITAL = seed.ZONE
_PAUSE = threading.Event()


class StepFailed(Exception):
    """An expectation of a step was not met."""


@dataclass(frozen=True, slots=True)
class VideoVisit:
    """A booked visit: its CSN, the patient's phone, and its start as Graph writes it."""

    key: str
    phone: str
    start: str


@dataclass(slots=True)
class Machine:
    """
    A started stack, with counters that keep the steps' messages apart, and what later steps need.
    """

    stack: Stack
    browsers: dict[str, Browser] = field(default_factory=dict)
    visit: VideoVisit = field(default_factory=lambda: VideoVisit("", "", ""))
    offset: float = field(init=False)
    _numbers: Any = field(default_factory=lambda: count(int(time.monotonic() * 100)))

    def __post_init__(self) -> None:
        """Move the clock to daytime."""
        self.offset = self.stack.clock_offset

    def now(self) -> datetime:
        """Return the machine's time: the real time plus the clock's offset."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def move_clock(self, **delta: float) -> None:
        """Move the clock forward, for example by minutes=3."""
        self.offset += timedelta(**delta).total_seconds()
        self.stack.move_clock(self.offset)

    def hospital_time(self, days: int, hour: int) -> datetime:
        """Return a full hour in that many days, on the hospital's wall clock."""
        there = self.now().astimezone(HOSPITAL) + timedelta(days=days)
        return there.replace(hour=hour, minute=0, second=0, microsecond=0, tzinfo=None)

    def new_key(self) -> str:
        """Return a CSN that was not used before."""
        return f"9{next(self._numbers):08d}"

    def booking(self, key: str, phone: str, event: str = "S12", **more: Any) -> bytes:
        """Return a SIU as Epic makes it: created now, by default for the day after tomorrow."""
        now = self.now().astimezone(HOSPITAL)
        start = (now + timedelta(days=2)).replace(hour=13, minute=30, tzinfo=None)
        defaults: dict[str, Any] = {
            "start_local": start,
            "control_id": str(next(self._numbers)),
            "created": now,
            "processing": "P",
        }
        words = {"key": key, "phone": local_number(phone)} | defaults | more
        return messages.schedule_message(event, **words)

    def post(
        self,
        body: bytes,
        connection: str = seed.PRODUCTION,
        identity: str | None = "epic",
        **more: Any,
    ) -> Answer:
        """Post to the HL7 endpoint over mutual TLS."""
        return sender.post(
            f"{self.stack.https_url}/hl7/{connection}",
            body,
            identity=self.stack.certificates.identities[identity] if identity else None,
            ca_file=self.stack.certificates.ca_file,
            **more,
        )

    def texts(self, phone: str) -> list[dict[str, Any]]:
        """Return what the patient's phone shows."""
        with contextlib.suppress(urllib.error.HTTPError):
            return list(self._get(f"{self.stack.desk_url}/phone/{phone}.json"))
        return []

    def await_texts(self, phone: str, number: int = 1) -> list[dict[str, Any]]:
        """Wait until the phone shows at least that many texts."""
        return list(
            self.wait_for(
                f"{number} text(s)",
                lambda: found if len(found := self.texts(phone)) >= number else None,
            )
        )

    def sms_requests(self, phone: str) -> list[dict[str, Any]]:
        """Return the requests that the SMS service received for a number."""
        return [request for request in self.requests("acs") if phone in json.dumps(request)]

    def requests(self, simulator: str) -> list[dict[str, Any]]:
        """Return the requests that a simulator received."""
        return list(self._get(f"{self.stack.desk_url}/control/requests?target={simulator}"))

    def meetings(self) -> list[dict[str, Any]]:
        """Return every meeting, with who is where."""
        return list(self._get(f"{self.stack.meeting_url}/meetings.json"))

    def launch_url(self, record: str, who: str, csn: str) -> str:
        """Begin a visit in Epic, and return the address to which Epic sends the browser."""
        launch = {"record": record, "who": who, "csn": csn}
        begun = self._send(f"{self.stack.desk_url}/control/epic/launch", launch)
        return str(json.loads(begun)["url"])

    def browser(self, person: str) -> Browser:
        """Return the browser of a person; each has one of their own."""
        return self.browsers.setdefault(person, Browser(self.stack.certificates.ca_file))

    def reply(self, phone: str, number: str, text: str) -> None:
        """Answer a text from the patient's phone."""
        form = urllib.parse.urlencode({"to": number, "text": text}).encode()
        request = urllib.request.Request(f"{self.stack.desk_url}/phone/{phone}", data=form)
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    def control(self, simulator: str, document: dict[str, Any]) -> None:
        """Set how a simulator behaves."""
        self._send(f"{self.stack.desk_url}/control/{simulator}", document)

    def play_fault(self, **fault: Any) -> None:
        """Make a simulator play a fault, the SMS service if no `target` is named."""
        self._send(f"{self.stack.desk_url}/control/faults", {"target": "acs"} | fault)

    def end_faults(self) -> None:
        """Let the simulators and the tables behave again."""
        self._send(f"{self.stack.desk_url}/control/faults", None, "DELETE")
        self._send(f"{self._table_faults()}/__faults__/rules", None, "DELETE")

    def await_held_request(self) -> None:
        """Wait until the SMS service holds a request."""
        waiting = f"{self.stack.desk_url}/control/waiting"
        self.wait_for("a held request", lambda: self._get(waiting)["waiting"] > 0)

    def release_requests(self) -> None:
        """Release the held requests."""
        self._send(f"{self.stack.desk_url}/control/release", {})

    def hold_table_write(self, method: str, path: str) -> None:
        """Execute the next such write and hold back its answer."""
        self.play_table_fault(method, path, "hold_after_acting")

    def play_table_fault(self, method: str, path: str, kind: str) -> None:
        """Let the next such request to a table go wrong."""
        match = {"method": method, "path_contains": path}
        rule = {"match": match, "kind": kind, "times": 1}
        self._send(f"{self._table_faults()}/__faults__/rules", rule)

    def await_held_write(self) -> None:
        """Wait until the write is held."""
        waiting = f"{self._table_faults()}/__faults__/waiting"
        self.wait_for("a held write", lambda: self._get(waiting)["waiting"] > 0)

    def release_writes(self) -> None:
        """Send the answers of the held writes."""
        self._send(f"{self._table_faults()}/__faults__/release", {})

    def operate(self, action: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        """Run an operator's command."""
        request = urllib.request.Request(
            f"{self.stack.http_url}/operations/{action}",
            data=json.dumps(arguments).encode(),
            headers={"x-functions-key": stack.MASTER_KEY, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def page(self, url: str) -> tuple[int, str]:
        """Return what a patient's browser gets."""
        try:
            with urllib.request.urlopen(url, timeout=15) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def log_of(self, role: str) -> list[dict[str, Any]]:
        """Return the structured log lines of a host."""
        lines = []
        for line in (self.stack.options.directory / f"host-{role}.log").read_text().splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(line))
        return [line for line in lines if isinstance(line, dict)]

    def stops(self) -> int:
        """Return how many STOPs the app has recorded."""
        return sum(line.get("event") == "optout.added" for line in self.log_of("web"))

    def wait_for(self, what: str, holds: Callable[[], Any], seconds: float = 30) -> Any:
        """Return the first true result of `holds`. Raises StepFailed if there is none in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := holds():
                return answer
            _PAUSE.wait(0.1)
        raise StepFailed(f"waited {seconds:.0f} s in vain for {what}")

    def stays(self, what: str, holds: Callable[[], Any], seconds: float = 2) -> None:
        """Check that `holds` stays true for `seconds`. Raises StepFailed if it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not holds():
                raise StepFailed(f"no longer true: {what}")
            _PAUSE.wait(0.2)

    def _table_faults(self) -> str:
        assert self.stack.table_faults is not None
        return str(self.stack.table_faults.ready["url"])

    def _get(self, url: str) -> Any:
        with urllib.request.urlopen(url, timeout=15) as response:
            return json.load(response)

    def _send(self, url: str, document: dict[str, Any] | None, method: str = "POST") -> bytes:
        request = urllib.request.Request(
            url,
            data=None if document is None else json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=15) as response:
            return bytes(response.read())


def play(step: Callable[[Machine], None], machine: Machine) -> str | None:
    """Play a step. Return why it failed, or None."""
    try:
        step(machine)
    except (StepFailed, BrowserStopped) as failure:
        machine.stack.event_grid.release()
        machine.end_faults()
        return str(failure)
    return None


def local_number(phone: str) -> str:
    """Return +16085550142 as Epic writes it: (608)555-0142."""
    return f"({phone[2:5]}){phone[5:8]}-{phone[8:]}"


def check(expected: object, actual: object, what: str) -> None:
    """Raise StepFailed unless both are equal; no content of a message is printed."""
    if expected != actual:
        raise StepFailed(f"{what}: expected {expected!r}, got {actual!r}")
