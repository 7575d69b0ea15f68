"""Wall clocks to UTC: the two odd hours of a year, written offsets, eight zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.errors import Reason
from shared_code.wall_clock import (
    START_AMBIGUOUS,
    START_IN_GAP,
    START_OFFSET_DIFFERS,
    Instant,
    LocalTime,
    resolve,
    resolve_near,
    zone,
)

ZONES = (
    "America/Chicago",
    "America/Phoenix",
    "America/St_Johns",
    "Pacific/Honolulu",
    "Europe/London",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
)
GAP, AMBIGUOUS = (START_IN_GAP,), (START_AMBIGUOUS,)
DIFFERS = (START_OFFSET_DIFFERS,)


def _wall(text: str, offset_hours: float | None = None) -> LocalTime:
    offset = None if offset_hours is None else timedelta(hours=offset_hours)
    return LocalTime(datetime.fromisoformat(text), offset)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "text", "utc", "remarks"),
    [
        ("America/Chicago", "2026-06-10 13:30", "2026-06-10 18:30", ()),
        ("America/Chicago", "2026-01-10 13:30", "2026-01-10 19:30", ()),
        ("America/Chicago", "2026-03-08 01:59", "2026-03-08 07:59", ()),
        ("America/Chicago", "2026-03-08 02:00", "2026-03-08 08:00", GAP),
        ("America/Chicago", "2026-03-08 02:59", "2026-03-08 08:59", GAP),
        ("America/Chicago", "2026-03-08 03:00", "2026-03-08 08:00", ()),
        ("America/Chicago", "2026-11-01 00:59", "2026-11-01 05:59", ()),
        ("America/Chicago", "2026-11-01 01:00", "2026-11-01 06:00", AMBIGUOUS),
        ("America/Chicago", "2026-11-01 01:59", "2026-11-01 06:59", AMBIGUOUS),
        ("America/Chicago", "2026-11-01 02:00", "2026-11-01 08:00", ()),
        ("America/Phoenix", "2026-03-08 02:30", "2026-03-08 09:30", ()),
        ("America/St_Johns", "2026-03-08 02:30", "2026-03-08 06:00", GAP),
        ("Pacific/Honolulu", "2026-11-01 01:30", "2026-11-01 11:30", ()),
        ("Europe/London", "2026-03-29 01:30", "2026-03-29 01:30", GAP),
        ("Europe/London", "2026-10-25 01:30", "2026-10-25 00:30", AMBIGUOUS),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:30", GAP),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30", AMBIGUOUS),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45", GAP),
        ("Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03 15:30", ()),
        ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04 14:45", AMBIGUOUS),
        ("Asia/Kolkata", "2026-06-10 13:30", "2026-06-10 08:00", ()),
    ],
)
def test_a_start_without_offset_is_read_in_the_zone(
    name: str, text: str, utc: str, remarks: tuple[Reason, ...]
) -> None:
    """The first of two occurrences, the offset before a gap, and a remark about both."""
    actual = resolve(_wall(text), zone(name))

    assert Instant(_utc(utc), remarks) == actual


@pytest.mark.parametrize(
    ("text", "offset", "utc", "remarks"),
    [
        ("2026-06-10 13:30", -5, "2026-06-10 18:30", ()),
        ("2026-06-10 13:30", -6, "2026-06-10 19:30", DIFFERS),
        ("2026-06-10 13:30", 0, "2026-06-10 13:30", DIFFERS),
        ("2026-06-10 13:30", -5.5, "2026-06-10 19:00", DIFFERS),
        ("2026-11-01 01:30", -5, "2026-11-01 06:30", ()),
        ("2026-11-01 01:30", -6, "2026-11-01 07:30", ()),
        ("2026-11-01 01:30", -7, "2026-11-01 08:30", DIFFERS),
    ],
)
def test_a_written_offset_wins(
    text: str, offset: float, utc: str, remarks: tuple[Reason, ...]
) -> None:
    """It is remarked unless the zone allows it at that hour."""
    actual = resolve(_wall(text, offset), zone("America/Chicago"))

    assert Instant(_utc(utc), remarks) == actual


@pytest.mark.parametrize(
    ("text", "near", "utc"),
    [
        ("2026-11-01 01:30", "2026-11-01 06:31", "2026-11-01 06:30"),
        ("2026-11-01 01:30", "2026-11-01 07:29", "2026-11-01 07:30"),
        ("2026-11-01 01:30", "2026-11-01 12:00", "2026-11-01 07:30"),
        ("2026-11-01 01:30", "2026-10-31 12:00", "2026-11-01 06:30"),
        ("2026-06-10 13:30", "2026-11-01 06:31", "2026-06-10 18:30"),
    ],
)
def test_the_making_of_a_message_is_resolved_near_its_arrival(
    text: str, near: str, utc: str
) -> None:
    """Of the two readings of an hour that exists twice, the nearest counts."""
    actual = resolve_near(_wall(text), zone("America/Chicago"), _utc(near))

    assert _utc(utc) == actual


def test_the_making_of_a_message_with_an_offset_needs_no_zone() -> None:
    """What is written is what is meant, however far from the arrival."""
    near = _utc("2026-01-01 00:00")

    assert _utc("2026-11-01 08:30") == resolve_near(
        _wall("2026-11-01 01:30", -7), zone("America/Chicago"), near
    )


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "Amer\0"])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    """Whatever the file system says about it, the answer is a ValueError."""
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(name)


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    utc=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_what_the_zone_writes_is_read_back(name: str, utc: datetime) -> None:
    """A clock on the wall leads back to its moment, or to the earlier one it shares a name with."""
    where, moment = ZoneInfo(name), utc.replace(second=0, microsecond=0, tzinfo=UTC)
    local = moment.astimezone(where)
    actual = resolve(LocalTime(local.replace(tzinfo=None, fold=0)), where)

    assert actual.remarks == AMBIGUOUS or (moment, ()) == (actual.utc, actual.remarks)
    assert actual.utc <= moment
    assert moment == resolve_near(LocalTime(local.replace(tzinfo=None, fold=0)), where, moment)
