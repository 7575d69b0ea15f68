"""Nights and reminders on the wall clocks of eight zones, in the weeks in which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.texting.domain import quiet_hours

CHANGES = {
    "America/Chicago": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/Phoenix": (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Sydney": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Sao_Paulo": (date(2026, 3, 8), date(2026, 11, 1)),
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
}
NEVER_CHANGE = {"America/Phoenix", "America/Sao_Paulo", "Asia/Kolkata"}
DAYS = [
    (zone, change + timedelta(days=days))
    for zone, changes in CHANGES.items()
    for change in changes
    for days in range(-3, 4)
]
ZONES = sorted(CHANGES)


def _utc(day: date, hour: int, minute: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def _there(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _local(day: date, clock: str) -> str:
    return f"{day} {clock}"


def test_the_weeks_are_those_in_which_clocks_change() -> None:
    """In five zones twice a year, by an hour or half of one; in three never."""
    for zone, changes in CHANGES.items():
        for change in changes:
            evening = _utc(change - timedelta(days=1), 20, 0, zone)
            length = _utc(change, 20, 0, zone) - evening
            assert (length == timedelta(days=1)) == (zone in NEVER_CHANGE)


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_a_reminder_is_so_long_before_on_the_wall_clock(zone: str, day: date) -> None:
    """A day before is the same time of day, though the day has 23, 24.5 or 25 hours."""
    start, where = _utc(day, 10, 30, zone), ZoneInfo(zone)
    due = {
        minutes: _there(quiet_hours.reminder_at(start, minutes, where), zone)
        for minutes in (30, 120, 1440, 4320, 10_080)
    }

    assert due == {
        30: _local(day, "10:00"),
        120: _local(day, "08:30"),
        1440: _local(day - timedelta(days=1), "10:30"),
        4320: _local(day - timedelta(days=3), "10:30"),
        10_080: _local(day - timedelta(days=7), "10:30"),
    }


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_a_reminder_at_night_comes_the_evening_before(zone: str, day: date) -> None:
    """One minute before nine, on the wall clock of before the change."""
    where, before = ZoneInfo(zone), day - timedelta(days=1)
    late, early = _utc(day, 23, 30, zone), _utc(day, 9, 0, zone)

    assert _there(quiet_hours.reminder_at(late, 120, where), zone) == _local(day, "20:59")
    for minutes in (61, 120, 360, 720):  # 07:59, 07:00, 03:00 and 21:00 of the evening before
        at = quiet_hours.reminder_at(early, minutes, where)
        assert _there(at, zone) == _local(before, "20:59")


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_before_an_early_visit_a_reminder_comes_that_morning(zone: str, day: date) -> None:
    """A visit before nine: who gets up for it may be texted."""
    where, start = ZoneInfo(zone), _utc(day, 8, 59, zone)

    assert _there(quiet_hours.reminder_at(start, 120, where), zone) == _local(day, "06:59")
    assert _there(quiet_hours.reminder_at(start, 60, where), zone) == _local(day, "07:59")
    evening = _local(day - timedelta(days=1), "20:59")
    assert _there(quiet_hours.reminder_at(start, 600, where), zone) == evening


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_what_comes_up_at_night_waits_until_eight(zone: str, day: date) -> None:
    """From nine in the evening, on the wall clock, whatever the clocks do in between."""
    where, start = ZoneInfo(zone), _utc(day + timedelta(days=5), 9, 0, zone)
    eight, before = _utc(day, 8, 0, zone), day - timedelta(days=1)
    nights = [(before, 21, 0), (before, 23, 59), (day, 0, 0), (day, 3, 15), (day, 7, 59)]
    waking = [(day, 8, 0), (day, 12, 0), (day, 20, 59)]

    for night in nights:
        assert eight == quiet_hours.may_go_at(_utc(*night, zone), start, where)
    for moment in waking:
        now = _utc(*moment, zone)
        assert now == quiet_hours.may_go_at(now, start, where)


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_at_night_before_an_early_visit_it_goes_at_once(zone: str, day: date) -> None:
    """Before nine in the coming morning; from nine on there is time at eight."""
    where, before = ZoneInfo(zone), day - timedelta(days=1)
    for now in (_utc(before, 21, 30, zone), _utc(day, 4, 0, zone)):
        assert now == quiet_hours.may_go_at(now, _utc(day, 8, 59, zone), where)
        eight = quiet_hours.may_go_at(now, _utc(day, 9, 0, zone), where)
        assert _there(eight, zone) == _local(day, "08:00")


@pytest.mark.parametrize(
    ("zone", "start", "due"),
    [
        ("America/Chicago", "2026-03-08T15:00", "2026-03-07T16:00"),
        ("America/Chicago", "2026-11-01T16:00", "2026-10-31T15:00"),
        ("America/Phoenix", "2026-03-08T17:00", "2026-03-07T17:00"),
        ("Europe/Berlin", "2026-03-29T08:00", "2026-03-28T09:00"),
        ("Australia/Lord_Howe", "2026-04-04T23:30", "2026-04-03T23:00"),
        ("Australia/Lord_Howe", "2026-10-03T23:00", "2026-10-02T23:30"),
        ("Asia/Kolkata", "2026-03-29T04:30", "2026-03-28T04:30"),
    ],
)
def test_a_day_before_ten_o_clock_in_utc(zone: str, start: str, due: str) -> None:
    """Worked out by hand: 10:00 there on both days."""
    at = datetime.fromisoformat(f"{start}+00:00")
    expected = datetime.fromisoformat(f"{due}+00:00")

    assert expected == quiet_hours.reminder_at(at, 1440, ZoneInfo(zone))


MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(now=MOMENTS, ahead=st.integers(1, 20_000), zone=st.sampled_from(ZONES))
def test_whoever_waits_wakes_nobody_and_waits_less_than_half_a_day(
    now: datetime, ahead: int, zone: str
) -> None:
    """A text goes by day, or at once before an early visit, and never after its visit."""
    where, start = ZoneInfo(zone), now + timedelta(minutes=ahead)
    may_go = quiet_hours.may_go_at(now, start, where)

    assert timedelta(0) <= may_go - now <= timedelta(hours=12)
    assert may_go == quiet_hours.may_go_at(may_go, start, where)
    if may_go > now:
        assert may_go < start
    if quiet_hours.is_quiet(may_go.astimezone(where)):
        assert start.astimezone(where).time() < time(9) or ahead < 180


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(start=MOMENTS, minutes=st.integers(5, 20_160), zone=st.sampled_from(ZONES))
def test_a_reminder_is_never_late_and_seldom_at_night(
    start: datetime, minutes: int, zone: str
) -> None:
    """Before its visit, at most a night earlier than asked for."""
    where = ZoneInfo(zone)
    due = quiet_hours.reminder_at(start, minutes, where)
    earlier = start - timedelta(minutes=minutes) - due

    assert due < start
    assert timedelta(hours=-1) <= earlier <= timedelta(hours=13)
    if quiet_hours.is_quiet(due.astimezone(where)):
        assert start.astimezone(where).time() < time(9)
        assert start - due < timedelta(hours=10)
