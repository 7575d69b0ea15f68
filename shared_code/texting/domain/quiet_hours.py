"""
When patients may be texted: not between 21:00 and 08:00 on their own wall clock.

What comes up at night waits until 08:00, unless the visit itself starts before 09:00 that
morning: then it goes at once. A reminder moves to the evening before instead.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM = time(21)
QUIET_UNTIL = time(8)
EARLY_VISIT = time(9)
_LAST_MINUTE = time(20, 59)


def may_go_at(now: datetime, start: datetime, where: ZoneInfo) -> datetime:
    """`now` (UTC) if a text may go, else the 08:00 at which it may, in UTC."""
    there = now.astimezone(where)
    if not is_quiet(there):
        return now
    morning = _quiet_ends(there)
    if start.astimezone(where) < morning.replace(hour=EARLY_VISIT.hour):
        return now
    return morning.astimezone(UTC)


def reminder_at(start: datetime, minutes: int, where: ZoneInfo) -> datetime:
    """
    When a reminder is due, in UTC: so many minutes before the start on the wall clock, in the
    evening before if that is at night.
    """
    local_start = start.astimezone(where)
    wall = local_start.replace(tzinfo=None) - timedelta(minutes=minutes)
    there = min((wall.replace(tzinfo=where, fold=fold) for fold in (0, 1)), key=_instant)
    if not is_quiet(there):
        return there.astimezone(UTC)
    in_the_morning = there.time() < QUIET_UNTIL
    if in_the_morning and local_start < _quiet_ends(there).replace(hour=EARLY_VISIT.hour):
        return there.astimezone(UTC)
    evening = wall.date() - timedelta(days=1) if in_the_morning else wall.date()
    return datetime.combine(evening, _LAST_MINUTE, where).astimezone(UTC)


def _instant(there: datetime) -> datetime:
    """An hour that occurs twice means the first; one that does not exist, before the change."""
    return there.astimezone(UTC)


def is_quiet(there: datetime) -> bool:
    """Whether it is night on this wall clock."""
    return there.time() >= QUIET_FROM or there.time() < QUIET_UNTIL


def _quiet_ends(there: datetime) -> datetime:
    """The next 08:00 on the wall clock of `there`, which is at night."""
    days = 1 if there.time() >= QUIET_FROM else 0
    return datetime.combine(there.date() + timedelta(days=days), QUIET_UNTIL, there.tzinfo)
