"""
Which organizer makes the next meeting, and which are left out.

What the days say is read at most every five minutes; in between a worker adds what it does itself.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared_code import logs
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.clock import Clock
from shared_code.errors import Conflict
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.visits.domain import reasons
from shared_code.visits.domain.organizers import (
    LEFT_OUT,
    MANY_MEETINGS,
    RETENTION,
    WINDOW,
    OrganizerDay,
    OrganizerUse,
    choose,
    organizer_key,
)
from shared_code.visits.domain.plan import RETIRE_ORGANIZER_DAY
from shared_code.visits.domain.visit import Wanted
from shared_code.visits.ports import OrganizerDays

FRESH = timedelta(minutes=5)
"""For how long an account's use is believed without reading it."""


@dataclass(frozen=True, slots=True)
class Organizers:
    """The pools of all connections. Everything here may raise NotStored and Conflict."""

    days: OrganizerDays
    agenda: Agenda
    problems: Problems
    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _seen: dict[str, tuple[datetime, OrganizerUse]] = field(default_factory=dict, init=False)

    def choose(self, wanted: Wanted, tried: Collection[str]) -> str | None:
        """Return the account that is to make the visit's meeting, or None if none can."""
        now = self.clock()
        uses = {each: self._use(organizer_key(wanted.tenant, each)) for each in wanted.organizers}
        chosen = choose(wanted.organizers, uses, tried, now)
        if chosen is not None:  # or the next visits of five minutes would all get the same one
            self._add(organizer_key(wanted.tenant, chosen))
        return chosen

    def count(self, wanted: Wanted, organizer: str) -> None:
        """Count a meeting; tell a person where the account will soon make no more."""
        now, day = self.clock(), self._today(wanted, organizer)
        self.days.add(day, OrganizerUse(meetings=1), lambda: self._retire_later(day))
        meetings = self._use(day.organizer).meetings
        if meetings >= MANY_MEETINGS:
            owner = Owner(wanted.tenant, wanted.ref.connection)
            self.problems.report(reasons.ORGANIZER_LIMIT.code, organizer, now, owner)
            logs.warn("organizer.limit", connection=owner.connection, count=meetings)

    def leave_out(self, wanted: Wanted, organizer: str, why: str) -> None:
        """Choose the account for no visit in the next half hour, and tell a person."""
        now, day = self.clock(), self._today(wanted, organizer)
        owner = Owner(wanted.tenant, wanted.ref.connection)
        self.problems.report(reasons.ORGANIZER_REFUSED.code, f"{why}: {organizer}", now, owner)
        left_out = OrganizerUse(left_out_until=now + LEFT_OUT)
        with suppress(Conflict):  # so many at once are refused: one of them has written it
            self.days.add(day, left_out, lambda: self._retire_later(day))
        with self._lock:
            self._seen.pop(day.organizer, None)
        logs.warn("organizer.left_out", connection=owner.connection, kind=why)

    def _use(self, organizer: str) -> OrganizerUse:
        now = self.clock()
        with self._lock:
            seen = self._seen.get(organizer)
        if seen is not None and abs(now - seen[0]) < FRESH:
            return seen[1]
        use = self.days.use(organizer, (now - WINDOW).date())
        with self._lock:
            self._seen[organizer] = now, use
        return use

    def _add(self, organizer: str) -> None:
        with self._lock:
            if seen := self._seen.get(organizer):
                at, use = seen
                self._seen[organizer] = at, replace(use, meetings=use.meetings + 1)

    def _today(self, wanted: Wanted, organizer: str) -> OrganizerDay:
        return OrganizerDay(organizer_key(wanted.tenant, organizer), self.clock().date())

    def _retire_later(self, day: OrganizerDay) -> None:
        due = self.clock() + RETENTION
        self.agenda.add([AgendaRow(due, RETIRE_ORGANIZER_DAY, str(day))])
