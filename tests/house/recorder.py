"""Everything that is logged while something happens, as any formatter could write it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from shared_code import logs


class Recorder(logging.Handler):
    """Stores each log record as our formatter writes it and as any other could."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.written: list[str] = []
        self.events: set[str] = set()
        self._ours, self._plain = logs.JsonLine(), logging.Formatter("%(name)s %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: a record that cannot be formatted fails the test by its absence."""
        fields = repr(getattr(record, "fields", {}))
        self.written += [self._ours.format(record), self._plain.format(record), fields]
        self.events.add(record.getMessage())

    @property
    def logged(self) -> bytes:
        """Return everything that was logged."""
        return "\n".join(self.written).encode()


@contextmanager
def everything_logged() -> Iterator[Recorder]:
    """Record at every level, from every logger."""
    recorder, root = Recorder(), logging.getLogger()
    before = root.level
    root.addHandler(recorder)
    root.setLevel(logging.DEBUG)
    yield recorder
    root.setLevel(before)
    root.removeHandler(recorder)
