"""
The clock of timers: real time plus an offset from a file.

Queues, storage and time limits use real time.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

_CHECK_EVERY = 0.2  # seconds; after the clock is moved, due timers fire within a third of a second
_LONGEST_SLEEP = 60.0  # seconds; the machine's own clock may be changed


class MovableClock:
    """Real UTC time plus the number of seconds in a file, read again when the file changes."""

    def __init__(self, offset_file: Path | None) -> None:
        """Without a file the offset is zero."""
        self._file = offset_file
        self._seen: tuple[int, int, int] | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the time for timers, aware, in UTC."""
        return datetime.now(UTC) + self._read_offset()

    async def wait_until(self, moment: datetime) -> None:
        """Return when `moment` is reached, by waiting or because the clock was moved."""
        longest = _CHECK_EVERY if self._file else _LONGEST_SLEEP
        while (left := (moment - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, longest))

    def _read_offset(self) -> timedelta:
        if self._file is None:
            return self._offset
        try:
            stat = self._file.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if mark != self._seen:
                self._offset = timedelta(seconds=float(self._file.read_text() or "0"))
                self._seen = mark
        except FileNotFoundError:
            self._offset, self._seen = timedelta(), None
        except ValueError:
            pass  # partly written: the next read gets the whole number
        return self._offset
