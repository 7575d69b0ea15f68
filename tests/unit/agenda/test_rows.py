"""Rows of the agenda: their minute, their version, and when two are one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import Version
from shared_code.texting.domain.plan import SEND, SETTLE
from tests.world.clock import NOW
from tests.world.visit import REF

VERSION = Version(7, "3fa9c1d2")


@pytest.mark.parametrize(
    ("due", "minute"),
    [
        ("12:00:00", "12:00"),
        ("12:00:00.000001", "12:01"),
        ("12:00:01", "12:01"),
        ("12:59:59.999999", "13:00"),
        ("23:59:30", "00:00"),
    ],
)
def test_a_due_second_is_rounded_up_to_its_minute(due: str, minute: str) -> None:
    """So that nothing acts early."""
    row = AgendaRow(datetime.fromisoformat(f"2026-06-01T{due}+00:00"), SETTLE, str(REF))

    assert minute == f"{row.minute():%H:%M}"
    assert timedelta(0) <= row.minute() - row.due < timedelta(minutes=1)


def test_a_row_of_another_version_is_stale_a_quarter_of_an_hour_after_its_minute() -> None:
    """Until then its object may be about to be committed."""
    row = AgendaRow(NOW + timedelta(seconds=1), SETTLE, str(REF), str(VERSION))
    stale = NOW + timedelta(minutes=16)

    assert (row.is_stale(stale - timedelta(microseconds=1)), row.is_stale(stale)) == (False, True)


def test_rows_are_equal_when_they_name_the_same_duty() -> None:
    """A row moved to another time is another row."""
    row = AgendaRow(datetime(2026, 6, 1, tzinfo=UTC), SEND, str(REF), str(VERSION))

    assert row.later(NOW) == AgendaRow(NOW, row.duty, row.subject, row.version)
