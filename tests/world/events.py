"""Events of the sample visit as the reader makes them, and the decisions about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared_code.appointments.domain import Appointment
from shared_code.hl7.schedule_event import PatientId, ScheduleEvent
from shared_code.intake.domain.decide import Decision, Incoming, decide
from shared_code.wall_clock import LocalTime
from tests.world.clock import NOW
from tests.world.connection import CONNECTION
from tests.world.visit import GRACE, KEY, MRN, PHONE, REF, WALL


def wall(moment: datetime) -> LocalTime:
    """Return a time in UTC as a message writes it, with its offset."""
    return LocalTime(moment.replace(tzinfo=None), timedelta(0))


def event(trigger: str = "S12", at: datetime = NOW, **changes: Any) -> ScheduleEvent:
    """Return an event with every field set, made at `at` (UTC)."""
    usual = ScheduleEvent(
        trigger=trigger,
        key=KEY,
        control_id="1000241",
        created=wall(at),
        processing_id="P",
        start=LocalTime(WALL),
        phone=PHONE,
        patients=(PatientId(MRN, "LAMNA"),),
        language="en",
        department="10501101",
        visit_codes=("2950",),
    )
    return replace(usual, **changes)


def incoming(
    trigger: str = "S12",
    at: datetime = NOW,
    *,
    number: int = 1,
    arrival: datetime | None = None,
    patient: str | None = "1-patient",
    patients: tuple[str, ...] | None = None,
    **changes: Any,
) -> Incoming:
    """Return the event with its hash, made from `number`; it arrives when it is made."""
    said = event(trigger, at, **changes)
    named = ((patient,) if patient else ()) if patients is None else patients
    hashed = f"1-{said.phone}" if isinstance(said.phone, str) else None
    return Incoming(said, REF, f"1-{number:032x}", named, arrival or at, hashed)


def decided(state: Appointment | None, new: Incoming, **changes: Any) -> Decision:
    """Return decide() at the event's arrival; `now`, `grace` and `connection` can be given."""
    return decide(
        state,
        new,
        changes.get("connection", CONNECTION),
        changes.get("now", new.arrival),
        changes.get("grace", GRACE),
    )


def applied(state: Appointment | None, new: Incoming, **changes: Any) -> Appointment:
    """Return the row after the event, which must have changed it."""
    after = decided(state, new, **changes).appointment
    assert after is not None
    return after


def played(*events: Incoming, **changes: Any) -> Appointment:
    """Return the row after all events, applied in order; some may have changed nothing."""
    state = None
    for each in events:
        state = decided(state, each, **changes).appointment or state
    assert state is not None
    return state
