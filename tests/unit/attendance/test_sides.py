"""What is known of one side of a visit, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.attendance.domain import SHOWN_FOR, Attendee, Role, Side, Some, side_of
from shared_code.visits.domain.visit import VisitRef

NOW = datetime(2026, 6, 10, 18, 30, tzinfo=UTC)


def patient(opened: timedelta, pressed: timedelta | None = None) -> Attendee:
    """Return a patient who came so long ago."""
    press = None if pressed is None else NOW - pressed
    return Attendee(VisitRef("lamna", "a"), "p", Role.PATIENT, NOW - opened, press)


@pytest.mark.parametrize("ago", [SHOWN_FOR, timedelta(hours=26)], ids=str)
def test_who_came_long_ago_is_not_shown(ago: timedelta) -> None:
    """A patient who looked the day before says nothing about who is there."""
    for each in (patient(ago), patient(ago, ago)):
        assert Side() == side_of([each], Role.PATIENT, NOW)


def test_who_comes_back_has_opened_the_visit() -> None:
    """The press of the day before is not theirs of today."""
    hour = timedelta(hours=1)

    assert Side(opened=Some(1, NOW - hour)) == side_of(
        [patient(hour, timedelta(hours=26))], Role.PATIENT, NOW
    )
    assert Side(faded=Some(1, NOW - hour)) == side_of([patient(hour, hour)], Role.PATIENT, NOW)
