"""
A timer trigger: waiting for the next occurrence, past due, and the status passed to a run.

Observed on the real host 4.1037: a run fires up to 3 ms before its second; the next occurrence is
computed from the start of the run, so one that overlaps ticks is followed by exactly one more; a
run sees the status of the previous run; missed occurrences run once, at the start, as past due.
"""

import json
import logging
from datetime import datetime, timedelta

from local.host.clock import MovableClock
from local.host.errors import HostError
from local.host.functions import HostedFunction, TimerSettings
from local.host.invocations import Invoker
from local.host.ncrontab import Schedule
from local.host.runtime import Runtime
from local.host.timer_status import NEVER, ScheduleStatus, StatusBlobs

EARLY = timedelta(milliseconds=2)
_log = logging.getLogger("Host.Timers")


class Timer:
    """Runs one function on its schedule."""

    def __init__(
        self,
        function: HostedFunction,
        settings: TimerSettings,
        runtime: Runtime,
        invoker: Invoker,
        clock: MovableClock,
        blobs: StatusBlobs | None,
    ) -> None:
        """The schedule counts from now on; `blobs` is None if no status is stored."""
        self._created = clock.now()
        self._function = function
        self._settings = settings
        self._runtime = runtime
        self._invoker = invoker
        self._clock = clock
        self._blobs = blobs if settings.monitored else None
        self._status: ScheduleStatus | None = None

    async def run(self) -> None:
        """Fire until cancelled. No error of the function or of storage ends the schedule."""
        stored = await self._load()
        self._status, past_due = at_start(stored, self._settings.schedule, self._created)
        if self._status != stored:
            await self._save()
        if past_due:
            _log.info("Function '%s' is past due on startup", self._function.name)
            await self._fire(self._clock.now(), past_due=True, scheduled=False)
        elif self._settings.run_on_startup:
            await self._fire(self._clock.now(), past_due=False, scheduled=False)
        while True:
            await self._clock.wait_until(self._status.next - EARLY)
            await self._fire(self._clock.now(), past_due=False, scheduled=True)

    async def run_by_hand(self) -> None:
        """Run once for the admin API: the run sees the stored status and does not change it."""
        stored = self._status or await self._load()
        await self._invoke(stored, past_due=False)

    async def _fire(self, moment: datetime, *, past_due: bool, scheduled: bool) -> None:
        await self._invoke(self._status, past_due=past_due)
        if scheduled and self._status is not None:
            # If it fired milliseconds early, the next occurrence would be the same second again.
            moment = max(moment, self._status.next)
        following = self._settings.schedule.next_after(moment)
        self._status = ScheduleStatus(moment, following, moment)
        await self._save()

    async def _invoke(self, status: ScheduleStatus | None, *, past_due: bool) -> None:
        shown = status.as_dict() if status is not None and self._settings.monitored else None
        info = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": shown,
            "IsPastDue": past_due,
        }
        value = self._runtime.datum(json.dumps(info), "json")
        await self._invoker.run(self._function, value, reason="timer fired")

    async def _load(self) -> ScheduleStatus | None:
        try:
            return await self._blobs.load(self._function.name) if self._blobs else None
        except (HostError, OSError) as error:
            _log.warning("a timer's status cannot be read: %s", type(error).__name__)
            return None

    async def _save(self) -> None:
        try:
            if self._blobs is not None and self._status is not None:
                await self._blobs.save(self._function.name, self._status)
        except (HostError, OSError) as error:
            _log.warning("a timer's status cannot be stored: %s", type(error).__name__)


def at_start(
    stored: ScheduleStatus | None, schedule: Schedule, now: datetime
) -> tuple[ScheduleStatus, bool]:
    """
    Return the status to continue from, and whether an occurrence was missed.

    A timer whose schedule has changed since, or that never ran, is not past due.
    """
    fresh = ScheduleStatus(NEVER, schedule.next_after(now), now)
    if stored is None or stored.last == NEVER:
        return fresh, False
    if stored.next != schedule.next_after(stored.last):
        return fresh, False
    return stored, now > stored.next
