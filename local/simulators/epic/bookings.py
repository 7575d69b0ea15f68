"""
Visits that are booked, moved and cancelled at the scheduling desk, and the answers received.

It makes and sends the messages; pages show what is stored here. Appointments outlive the process,
answers do not.
"""

import http.client
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from local.certificates import Certificates
from local.simulators.clock import Clock
from local.simulators.epic import messages, sender
from local.simulators.kept import Kept

BOOK, MOVE, CANCEL = "S12", "S14", "S15"
BOOKED, MOVED, CANCELLED = "booked", "moved", "cancelled"
NOT_SENT = "booked here, message not accepted"
CERTIFICATES: Mapping[str, str] = MappingProxyType(
    {
        "epic": "Good",
        "epic_next": "Good, the next one",
        "unknown": "Not registered",
        "expired": "Expired",
        "weak": "Weak key (RSA-1024)",
        "server_only": "For servers only",
        "none": "None at all",
    }
)


@dataclass(frozen=True)
class Appointment:
    """An appointment at the desk; `start` is on the hospital's wall clock."""

    key: str
    phone: str
    language: str
    start: datetime
    is_video: bool
    processing: str
    status: str

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "start": self.start.isoformat()}

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Appointment":
        return cls(**{**document, "start": datetime.fromisoformat(document["start"])})


@dataclass(frozen=True)
class Posted:
    """
    One message and its answer; `outcome` is shown to people, and so is `sentence`, which the door
    says where it does not acknowledge.
    """

    at: datetime
    event: str
    key: str
    outcome: str
    accepted: bool
    segments: tuple[str, ...]
    sentence: str = ""


class Bookings:
    """The desk's appointments, newest first, and the latest answers."""

    def __init__(
        self, certificates: Certificates, clock: Clock, zone: ZoneInfo, folder: Path
    ) -> None:
        self.door_url = ""
        self._certificates = certificates
        self._clock = clock
        self._zone = zone
        self._lock = threading.Lock()
        self._kept = Kept(folder / "appointments")
        self._appointments = {key: Appointment.read(one) for key, one in self._kept.items()}
        self._posted: list[Posted] = []
        self._last_id = 0

    def appointments(self) -> list[Appointment]:
        with self._lock:
            return list(reversed(self._appointments.values()))

    def posted(self, limit: int = 10) -> list[Posted]:
        with self._lock:
            return list(reversed(self._posted[-limit:]))

    def now(self) -> datetime:
        """Return the hospital's wall clock without a zone, as its scheduling system writes it."""
        return self._clock.now().astimezone(self._zone).replace(tzinfo=None)

    def book(
        self,
        *,
        phone: str,
        language: str,
        start: datetime,
        is_video: bool,
        processing: str,
        certificate: str,
    ) -> None:
        """Book a visit. `processing` is MSH-11: P for patients, T for a test of the interface."""
        key = str(self._next_id())[-9:]
        booked = Appointment(key, phone, language, start, is_video, processing, BOOKED)
        self._send(BOOK, booked, certificate)

    def book_again(self, key: str, start: datetime, certificate: str) -> None:
        """
        Book a visit under the number it had, after it was cancelled or its message was refused.

        Raises KeyError if the desk does not know the appointment.
        """
        booked = replace(self._appointments[key], start=start, status=BOOKED)
        self._send(BOOK, booked, certificate)

    def move(self, key: str, start: datetime, certificate: str) -> None:
        """Move a visit. Raises KeyError if the desk does not know the appointment."""
        moved = replace(self._appointments[key], start=start, status=MOVED)
        self._send(MOVE, moved, certificate)

    def cancel(self, key: str, certificate: str) -> None:
        """Cancel a visit. Raises KeyError if the desk does not know the appointment."""
        self._send(CANCEL, replace(self._appointments[key], status=CANCELLED), certificate)

    def reset(self) -> None:
        with self._lock:
            self._kept.clear()
            self._appointments.clear()
            self._posted.clear()

    def _send(self, event: str, appointment: Appointment, certificate: str) -> None:
        now = self.now()
        code, name = messages.VIDEO_VISIT if appointment.is_video else messages.OFFICE_VISIT
        body = messages.schedule_message(
            event,
            key=appointment.key,
            start_local=appointment.start,
            control_id=str(self._next_id()),
            created=now,
            phone=appointment.phone,
            language=appointment.language,
            visit_code=code,
            visit_name=name,
            processing=appointment.processing,
        )
        posted = self._post(event, appointment.key, body, certificate, now)
        with self._lock:
            self._posted.append(posted)
            if event == BOOK and not posted.accepted:
                appointment = replace(appointment, status=NOT_SENT)
            if posted.accepted or event == BOOK:
                # Even if the message is refused, the booking is in the hospital's schedule.
                self._kept.put(appointment.key, appointment.as_json())
                self._appointments[appointment.key] = appointment

    def _post(self, event: str, key: str, body: bytes, certificate: str, now: datetime) -> Posted:
        identity = self._certificates.identities.get(certificate)
        ca_file: Path = self._certificates.ca_file
        try:
            answer = sender.post(self.door_url, body, identity=identity, ca_file=ca_file)
        except (OSError, ValueError, http.client.HTTPException) as failure:
            outcome = f"No answer: {type(failure).__name__}"
            return Posted(now, event, key, outcome, accepted=False, segments=())
        segments = tuple(answer.segments("MSH", "MSA", "ERR"))
        outcome = f"HTTP {answer.status} {' '.join(answer.codes)}".strip()
        return Posted(now, event, key, outcome, answer.accepted, segments, answer.sentence)

    def _next_id(self) -> int:
        """Return an id that grows with time and with every message, like MSH-10."""
        with self._lock:
            milliseconds = int(self._clock.now().timestamp() * 1000)
            self._last_id = max(self._last_id + 1, milliseconds)
            return self._last_id
