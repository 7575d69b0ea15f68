"""NCRONTAB: which second is next, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.host.ncrontab import Schedule


def _next(expression: str, after: str) -> str:
    found = Schedule.parse(expression).next_after(datetime.fromisoformat(after + "+00:00"))
    return found.replace(tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("0 * * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"),
        ("*/5 * * * *", "2026-01-01T00:00:00", "2026-01-01T00:05:00"),
        ("30 */10 * * * *", "2026-01-01T00:10:30", "2026-01-01T00:20:30"),
        ("0 30 9 * * 1-5", "2026-01-02T09:30:00", "2026-01-05T09:30:00"),
        ("0 0 0 1 * *", "2026-12-15T00:00:00", "2027-01-01T00:00:00"),
        ("0 0 3 29 2 *", "2026-01-01T00:00:00", "2028-02-29T03:00:00"),
        ("0 0 0 * jan,Mar mon", "2026-01-27T00:00:00", "2026-03-02T00:00:00"),
        ("0 5/20 * * * *", "2026-01-01T00:06:00", "2026-01-01T00:25:00"),
        ("0 0 5-2 * * *", "2026-01-01T03:30:00", "2026-01-01T04:00:00"),
        ("15,45 59 23 31 12 *", "2026-12-31T23:59:15", "2026-12-31T23:59:45"),
    ],
)
def test_next_occurrence(expression: str, after: str, expected: str) -> None:
    """The next occurrence lies strictly after the moment asked about."""
    assert expected == _next(expression, after)


def test_day_and_weekday_must_both_match() -> None:
    """Friday the 13th is a Friday AND a 13th, unlike in cron."""
    assert _next("0 0 0 13 * fri", "2026-01-01T00:00:00") == "2026-02-13T00:00:00"


def test_milliseconds_before_a_tick_lead_to_it() -> None:
    """23:59:59.997 is followed by midnight, not by the minute after."""
    assert _next("0 * * * * *", "2026-01-01T23:59:59.997") == "2026-01-02T00:00:00"


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "60 * * * * *", "* * * 0 * *", "* * * * 13 *", "* * * * * 7", "*/0 * * * * *",
     "* * * * foo *", "0 0 0 30 2 *", "a * * * * *", "1-x * * * * *", "00:05:00"],
)  # fmt: skip
def test_malformed_or_never_due_is_refused(expression: str) -> None:
    """An expression that NCrontab refuses or that is never due is an error at the start."""
    with pytest.raises(ValueError, match=r"\w"):
        Schedule.parse(expression)


_MOMENTS = st.integers(0, 100 * 366 * 86400 * 10**6).map(
    lambda microseconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


@given(_MOMENTS, st.integers(0, 59), st.integers(1, 59))
@settings(max_examples=200, deadline=None)
def test_stepped_minutes_are_next_within_the_hour(moment: datetime, second: int, step: int) -> None:
    """`*/step` gives a multiple of the step within an hour, at the right second."""
    found = Schedule.parse(f"{second} */{step} * * * *").next_after(moment)

    assert moment < found <= moment + timedelta(hours=1)
    assert (0, second) == (found.minute % step, found.second)


@given(_MOMENTS, st.integers(0, 23), st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_walking_on_never_skips_an_occurrence(moment: datetime, hour: int, weekday: int) -> None:
    """From each occurrence of a weekly schedule, the next one is exactly a week later."""
    schedule = Schedule.parse(f"0 0 {hour} * * {weekday}")

    first = schedule.next_after(moment)

    assert first + timedelta(weeks=1) == schedule.next_after(first)
    assert first == schedule.next_after(first - timedelta(seconds=1))
