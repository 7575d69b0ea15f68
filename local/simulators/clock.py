"""
The simulators' time: real time plus an offset that a demo may change.

No other module of the simulators reads a clock.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

OFFSET_FILE_VARIABLE = "CONNECTOR_CLOCK_OFFSET_FILE"


class Clock(Protocol):
    """`now` can be moved; `real_now` is for signatures and the expiry of tokens."""

    def now(self) -> datetime: ...

    def real_now(self) -> datetime: ...


class SimulatorClock:
    """Adds the seconds from a file, read again whenever it has changed."""

    def __init__(self, offset_file: Path | None) -> None:
        self._file = offset_file
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return self.real_now() + self._current_offset()

    def real_now(self) -> datetime:
        return datetime.now(UTC)

    def _current_offset(self) -> timedelta:
        if self._file is None:
            return timedelta(0)
        try:
            state = self._file.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            if stamp != self._seen:
                self._offset = timedelta(seconds=float(self._file.read_text().strip() or 0))
                self._seen = stamp
        except FileNotFoundError:
            self._offset, self._seen = timedelta(0), None
        except ValueError:
            # Partly written: keep the last valid offset until the next read.
            self._seen = None
        return self._offset


def clock_from_environment() -> SimulatorClock:
    """Return the clock for `CONNECTOR_CLOCK_OFFSET_FILE`, or real time if it is not set."""
    name = os.environ.get(OFFSET_FILE_VARIABLE, "")
    return SimulatorClock(Path(name) if name else None)
