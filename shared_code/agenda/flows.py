"""
Every minute, read what is due and do it. This is the only sweep of the product.

Capabilities register one handler for each of their duties. Rows are handled in parallel and in turn
by owner and duty, so that nothing waits behind thousands of rows of another kind or connection.
Rows that do not fit into one run stay due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from shared_code import logs
from shared_code.agenda.domain import (
    DONE,
    AgendaRow,
    Done,
    Duty,
    Later,
    OtherVersion,
    RowOutcome,
    round_robin,
)
from shared_code.agenda.ports import Agenda
from shared_code.clock import Clock
from shared_code.errors import ConnectorError, NotStored

EARLY = timedelta(seconds=1)
"""The host may fire milliseconds before the minute."""
LONGEST_RUN = timedelta(seconds=200)
"""No row is begun later: the host kills a function, and its neighbours, at 300 seconds."""
MOST_ROWS = 20_000
"""More than a run can do; after a long stop of the app the next runs read the rest."""
MAX_WORKERS = 3
"""More would release texts faster than the queues can reserve places in the rate window."""
HEARTBEAT = "agenda"
"""The name under which the end of a run is recorded."""

Handler = Callable[[AgendaRow], RowOutcome]
"""Handles a due row; handling it twice changes nothing. On ConnectorError the row stays due."""
MapRows = Callable[[Callable[[AgendaRow], bool], Iterable[AgendaRow]], Iterable[bool]]
"""Like the builtin map; the rows may be handled in any order."""


@dataclass(frozen=True, slots=True)
class RunAgenda:
    """
    One run of the agenda. `on_ran` is called at the end of a run that could read all due rows.
    """

    agenda: Agenda
    handlers: Mapping[Duty, Handler]
    on_ran: Callable[[datetime], None]
    clock: Clock
    map_rows: MapRows

    def run(self) -> int:
        """
        Handle the due rows and return how many were begun. A row that fails stays due.

        Raises NotStored if the agenda could not be read to its end, after handling the rows that
        were read.
        """
        now, rows, trouble = self.clock(), list[AgendaRow](), None
        try:
            rows.extend(islice(self.agenda.due(now + EARLY), MOST_ROWS))
        except NotStored as error:
            trouble = error
        begin = partial(self._begin, now + LONGEST_RUN)
        count = sum(self.map_rows(begin, round_robin(rows)))
        if trouble is not None:
            raise trouble
        if count < len(rows):
            logs.warn("agenda.rows_left", count=len(rows) - count)
        self.on_ran(self.clock())
        logs.event("agenda.ran", count=count)
        return count

    def _begin(self, latest: datetime, row: AgendaRow) -> bool:
        """
        Handle the row and return True; return False without handling it if it is after `latest`.
        """
        if self.clock() > latest:
            return False
        handler = self.handlers.get(row.duty)
        if handler is None:  # a duty of another release
            logs.warn("agenda.unreadable")
            return True
        try:
            self._finish(row, handler(row))
        except ConnectorError as error:
            logs.warn("agenda.row_stays", duty=row.duty, code=error.code)
        except ValueError as error:  # this release cannot read its subject
            logs.failure("agenda.row_unreadable", error, duty=row.duty)
        return True

    def _finish(self, row: AgendaRow, outcome: RowOutcome) -> None:
        """Remove the row, or move it: the new row is written before the old one is removed."""
        match outcome:
            case Later(due):
                later = row.later(due)
                if later.minute() != row.minute():
                    self.agenda.add([later])
                    self.agenda.remove(row)
            case OtherVersion() if not row.is_stale(self.clock()):
                pass
            case Done() | OtherVersion():
                self.agenda.remove(row)


def erasing(erase: Callable[[str], None]) -> Handler:
    """Return a handler that erases what the row's subject names."""

    def handle(row: AgendaRow) -> RowOutcome:
        erase(row.subject)
        return DONE

    return handle


def joined(*registries: Mapping[Duty, Handler]) -> Mapping[Duty, Handler]:
    """
    Return the handlers of several capabilities. Raises ValueError if two handle the same duty.
    """
    handlers: dict[Duty, Handler] = {}
    for registry in registries:
        twice = handlers.keys() & registry.keys()
        if twice:
            raise ValueError(f"two handlers: {sorted(twice)}")
        handlers |= registry
    return handlers


def map_in_threads(work: Callable[[AgendaRow], bool], rows: Iterable[AgendaRow]) -> Iterable[bool]:
    """Like map(), with MAX_WORKERS threads that log with the caller's context."""
    with ThreadPoolExecutor(MAX_WORKERS) as pool:
        jobs = [pool.submit(copy_context().run, work, row) for row in rows]
    return [job.result() for job in jobs]
