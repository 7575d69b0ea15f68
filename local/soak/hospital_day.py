"""The machine's clock during a soak: it runs fast by day and skips the night."""

from __future__ import annotations

import http.client
import time as real_time
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from local import seed
from local.demo.machine import HOSPITAL, Machine

_EVENING, _NIGHT, _MORNING = time(20, 30), time(20, 55), time(8, 31)
"""In the evening no more messages are sent. At night nobody is texted, so it is skipped."""
_RELEASE_EVERY = timedelta(minutes=20)


@dataclass(slots=True)
class HospitalDay:
    """The hospital's clock. Call `tick()` several times a second."""

    machine: Machine
    speed: float
    _ticked: float = field(default_factory=real_time.monotonic)
    _released: datetime = datetime.min.replace(tzinfo=UTC)

    def tick(self) -> None:
        """Advance the clock by the real time that has passed, multiplied by the speed."""
        now = real_time.monotonic()
        elapsed, self._ticked = now - self._ticked, now
        self.advance((self.speed - 1) * elapsed)

    def advance(self, seconds: float) -> None:
        """Move the clock; a night is skipped."""
        self.machine.move_clock(seconds=seconds)
        there = self._local_time()
        if there.time() >= _NIGHT or there.time() < _MORNING:
            day = there.date() + timedelta(days=there.time() >= _NIGHT)
            morning = datetime.combine(day, _MORNING, HOSPITAL)
            self.machine.move_clock(seconds=(morning.astimezone(UTC) - there).total_seconds())
        if self.machine.now() - self._released >= _RELEASE_EVERY:
            self._release()

    def is_evening(self) -> bool:
        """Return whether no more messages should be sent today."""
        return self._local_time().time() >= _EVENING

    def _local_time(self) -> datetime:
        return self.machine.now().astimezone(HOSPITAL)

    def _release(self) -> None:
        """Release the storm brake, like an operator who has checked the burst."""
        try:
            status, _ = self.machine.operate("release", connection=seed.OTHER_NUMBER)
        except (OSError, ValueError, http.client.HTTPException):
            return  # the host is being restarted: retry at the next tick
        if status == 200:
            self._released = self.machine.now()
