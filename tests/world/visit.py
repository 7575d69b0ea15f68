"""The sample visit of the tests, of one invented patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    EventOrder,
    Status,
    Texting,
    Version,
)
from tests.world.clock import NOW

GRACE = timedelta(minutes=60)
PHONE, OTHER_PHONE = "+16085550142", "+16085550143"
KEY = "36996"
MRN = "203711"
WALL = datetime(2026, 6, 10, 13, 30)  # noqa: DTZ001 - a wall clock
START = datetime(2026, 6, 10, 18, 30, tzinfo=UTC)
REF = AppointmentRef("lamna", "1-" + "0" * 32)
APPOINTMENT = Appointment(
    REF,
    KEY,
    Status.ACTIVE,
    Version(1, "3fa9c1d2"),
    EventOrder(NOW, None, NOW),
    start=START,
    department="10501101",
    language="en",
    virtual=True,
    texting=Texting(phone=PHONE),
)


def appointment(**changes: Any) -> Appointment:
    """Return the booked visit as a row, with some fields changed."""
    return replace(APPOINTMENT, **changes)
