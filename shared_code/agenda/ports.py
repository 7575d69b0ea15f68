"""The protocol of the agenda."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from shared_code.agenda.domain import AgendaRow


class Agenda(Protocol):
    """Duties by the minute."""

    def add(self, rows: Iterable[AgendaRow]) -> None:
        """Writes the rows; writing one again changes nothing."""

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """All rows whose minute is not after `until`, the earliest first."""

    def remove(self, row: AgendaRow) -> None:
        """A missing row is well."""
