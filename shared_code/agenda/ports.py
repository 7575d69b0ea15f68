"""The port of the agenda."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from shared_code.agenda.domain import AgendaRow


class Agenda(Protocol):
    """Duties by the minute in which they are due."""

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Write the rows. Writing a row again changes nothing."""

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """Yield all rows whose minute is not after `until`, the earliest first."""

    def remove(self, row: AgendaRow) -> None:
        """Erase the row. Does nothing if it does not exist."""
