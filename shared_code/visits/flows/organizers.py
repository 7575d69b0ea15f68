"""
Which organizer makes the next meeting, and which are left out.

What the days say is read at most every five minutes; in between a worker adds what it does itself.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
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
"""For how long the use of an organization's accounts is believed without reading it."""


@dataclass(frozen=True, slots=True)
class Organizers:
    """The pools of all connections. Everything here may raise NotStored and Conflict."""

    days: OrganizerDays
    agenda: Agenda
    problems: Problems
    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _seen: dict[str, tuple[datetime, Mapping[str, OrganizerUse]]] = field(
        default_factory=dict, init=False
    )

    def choose(self, wanted: Wanted, tried: Collection[str]) -> str | None:
        """Return the account that is to make the visit's meeting, or None if none can."""
        known = self._uses(wanted.tenant)
        uses = {each: _use(known, wanted.tenant, each) for each in wanted.organizers}
        chosen = choose(wanted.organizers, uses, tried, self.clock())
        if chosen is not None:  # or the next visits of five minutes would all get the same one
            self._add(wanted.tenant, chosen)
        return chosen

    def count(self, wanted: Wanted, organizer: str) -> None:
        """Count a meeting; tell a person where the account will soon make no more."""
        now, day = self.clock(), self._today(wanted, organizer)
        self.days.add(day, OrganizerUse(meetings=1), lambda: self._retire_later(day))
        meetings = _use(self._uses(wanted.tenant), wanted.tenant, organizer).meetings
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
            self._seen.pop(wanted.tenant, None)
        logs.warn("organizer.left_out", connection=owner.connection, kind=why)

    def _uses(self, tenant: str) -> Mapping[str, OrganizerUse]:
        now = self.clock()
        with self._lock:
            seen = self._seen.get(tenant)
        if seen is not None and abs(now - seen[0]) < FRESH:
            return seen[1]
        uses = self.days.uses(tenant, (now - WINDOW).date())
        with self._lock:
            self._seen[tenant] = now, uses
        return uses

    def _add(self, tenant: str, organizer: str) -> None:
        with self._lock:
            if seen := self._seen.get(tenant):
                at, uses = seen
                use = _use(uses, tenant, organizer)
                more = replace(use, meetings=use.meetings + 1)
                self._seen[tenant] = at, {**uses, organizer_key(tenant, organizer): more}

    def _today(self, wanted: Wanted, organizer: str) -> OrganizerDay:
        return OrganizerDay(organizer_key(wanted.tenant, organizer), self.clock().date())

    def _retire_later(self, day: OrganizerDay) -> None:
        due = self.clock() + RETENTION
        self.agenda.add([AgendaRow(due, RETIRE_ORGANIZER_DAY, str(day))])


def _use(uses: Mapping[str, OrganizerUse], tenant: str, organizer: str) -> OrganizerUse:
    return uses.get(organizer_key(tenant, organizer), OrganizerUse())
