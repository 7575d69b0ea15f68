"""Which reminders a version asks for, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from shared_code.texting.domain.plan import REMINDER, reminder_moment
from shared_code.texting.domain.text import TextRef
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import decided, incoming, wall
from tests.world.visit import START

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def _rows(
    reminders: tuple[int, ...], *, confirmations: bool = True, **said: Any
) -> list[tuple[int, datetime]]:
    sms = replace(ENABLED, reminders=reminders, confirmations=confirmations)
    decision = decided(None, incoming(**said), connection=connection(sms=sms))
    rows = [row for row in decision.agenda if row.duty == REMINDER]
    return [(TextRef.parse(row.subject).offset, row.due) for row in rows]


def test_each_reminder_is_one_row_of_the_version() -> None:
    """Written before the version, under its name."""
    sms = replace(ENABLED, reminders=(1440, 60))
    decision = decided(None, incoming(), connection=connection(sms=sms))
    rows = [row for row in decision.agenda if row.duty == REMINDER]

    assert decision.appointment is not None
    assert {row.version for row in rows} == {str(decision.appointment.version)}
    assert [row.due for row in rows] == [START - DAY, START - HOUR]


@pytest.mark.parametrize("order", list(permutations((2880, 1440, 60))))
def test_the_order_in_which_they_are_configured_does_not_matter(order: tuple[int, ...]) -> None:
    """Nor whether one is named twice."""
    expected = [(2880, START - 2 * DAY), (1440, START - DAY), (60, START - HOUR)]

    assert _rows(order) == expected == _rows((*order, order[0]))


@pytest.mark.parametrize("confirmations", [True, False])
@pytest.mark.parametrize(
    ("start", "ahead", "past"),
    [
        (NOW + 3 * DAY, [2880, 1440, 60], None),
        (NOW + 2 * DAY, [1440, 60], 2880),
        (NOW + 30 * HOUR, [1440, 60], 2880),
        (NOW + 5 * HOUR, [60], 1440),
        (NOW + HOUR, [], 60),
        (NOW + timedelta(minutes=1), [], 60),
        (NOW, [], None),
        (NOW - HOUR, [], None),
    ],
)
def test_only_those_still_ahead_and_without_confirmation_the_nearest_past_one(
    start: datetime, ahead: list[int], past: int | None, *, confirmations: bool
) -> None:
    """The latter at once: it says what the confirmation would have said."""
    rows = _rows((2880, 1440, 60), confirmations=confirmations, start=wall(start))
    at_once = [] if confirmations or past is None else [(past, NOW)]

    assert rows == [*at_once, *((o, start - timedelta(minutes=o)) for o in ahead)]


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ("S15", {}),
        ("S26", {}),
        ("S12", {"visit_codes": ("1001",)}),
        ("S12", {"phone": None}),
        ("S12", {"start": None}),
        ("S12", {"deceased": True}),
        ("S12", {"patient": None, "visit_codes": ()}),
    ],
)
def test_who_is_not_texted_is_not_reminded(trigger: str, said: dict[str, Any]) -> None:
    """No row, whatever the reason."""
    sms = replace(ENABLED, reminders=(1440, 60))
    decision = decided(None, incoming(trigger, **said), connection=connection(sms=sms))

    assert REMINDER not in {row.duty for row in decision.agenda}


@pytest.mark.parametrize("trigger", ["S14", "S15", "S26"])
def test_a_new_version_brings_its_own_rows(trigger: str) -> None:
    """Of its own start, or none where the visit does not take place."""
    sms = replace(ENABLED, reminders=(1440,))
    agreed = connection(sms=sms)
    booked = decided(None, incoming(), connection=agreed).appointment
    new = incoming(trigger, NOW + HOUR, number=2, start=wall(START + DAY))
    rows = list(decided(booked, new, connection=agreed).agenda)
    due = [row.due for row in rows if row.duty == REMINDER]

    assert due == ([START] if trigger == "S14" else [])


def test_reminders_stand_on_the_wall_clock_of_the_department() -> None:
    """07:30 in Chicago is at night, 08:30 in New York is not."""
    agreed = connection(display_zones={"10501101": "America/New_York"})
    start = datetime(2026, 6, 10, 14, 30, tzinfo=UTC)
    due = [reminder_moment(start, 120, agreed, where) for where in ("10501101", None)]

    assert due == [start - 2 * HOUR, datetime(2026, 6, 10, 1, 59, tzinfo=UTC)]
