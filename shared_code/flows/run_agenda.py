"""
Every minute: read what is due and do it. This is the only sweep of the product.

Rows are done several at a time and in turn by whose they are, so that nobody waits behind
thousands of another connection. What the minute does not suffice for stays due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from shared_code import logs
from shared_code.domain.agenda import AgendaRow, in_turn
from shared_code.errors import ConnectorError, NotStored
from shared_code.flows.agenda_duties import HANDLERS, Duties

EARLY = timedelta(seconds=1)
"""The host may fire milliseconds before the minute."""
AT_MOST = timedelta(seconds=200)
"""Then no row is begun any more: the host kills a function, and its neighbours, at 300."""
MOST_ROWS = 20_000
"""More than a run can do; after a long stop of the app the next runs read the rest."""
HANDS = 3
"""More would wake more texts at once than the queues can book slots for."""
HEARTBEAT = "agenda"


def run_agenda(duties: Duties) -> int:
    """
    Returns how many rows were done. A row that meets trouble stays and does not stop others.

    Raises NotStored when the agenda cannot be read to its end, after doing what was read.
    """
    now, rows, trouble = duties.clock(), list[AgendaRow](), None
    try:
        rows.extend(islice(duties.agenda.due(now + EARLY), MOST_ROWS))
    except NotStored as error:
        trouble = error
    begin = partial(_begin, now + AT_MOST, duties)
    count = sum(duties.spread(begin, in_turn(rows)))
    if trouble is not None:
        raise trouble
    if count < len(rows):
        logs.warn("agenda.rows_left", count=len(rows) - count)
    duties.switches.beat(HEARTBEAT, duties.clock())
    logs.event("agenda.ran", count=count)
    return count


def several_at_a_time(
    work: Callable[[AgendaRow], bool], rows: Iterable[AgendaRow]
) -> Iterable[bool]:
    """As map(), by HANDS threads; each speaks in the log as the caller does."""
    with ThreadPoolExecutor(HANDS) as pool:
        jobs = [pool.submit(copy_context().run, work, row) for row in rows]
    return [job.result() for job in jobs]


def _begin(latest: datetime, duties: Duties, row: AgendaRow) -> bool:
    """Whether it was done, or stays for a reason of its own."""
    if duties.clock() > latest:
        return False
    try:
        HANDLERS[row.duty](row, duties)
    except ConnectorError as error:
        logs.warn("agenda.row_stays", duty=row.duty, code=error.code)
    except ValueError as error:  # its subject is not one of this release
        logs.failure("agenda.row_unreadable", error, duty=row.duty)
    return True
