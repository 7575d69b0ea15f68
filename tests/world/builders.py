"""Values for the tests of decisions and flows: one hospital, one visit, one invented patient."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from local.simulators.epic.messages import schedule_message
from shared_code import logs
from shared_code.appointments.domain import Appointment, AppointmentRef
from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    NumberKind,
    Proofs,
    SmsSetup,
    VirtualVisitRule,
)
from shared_code.hl7.schedule_event import ScheduleEvent
from shared_code.intake.domain.decide import Decision, Incoming, decide
from shared_code.wall_clock import LocalTime
from tests.world import certificates as issuing

NOW = datetime(2026, 6, 1, 14, 0, 0, tzinfo=UTC)
GRACE = timedelta(minutes=60)
ZONE = "America/Chicago"
TENANT = "11111111-1111-1111-1111-111111111111"
PHONE, OTHER_PHONE = "+16085550142", "+16085550143"
SENDER = "+16085550199"
KEY = "36996"
MRN = "203711"
WALL = datetime(2026, 6, 10, 13, 30)  # noqa: DTZ001 - a wall clock
START = datetime(2026, 6, 10, 18, 30, tzinfo=UTC)
REF = AppointmentRef("lamna", "1-" + "0" * 32)
ENABLED = SmsSetup(SENDER, NumberKind.TOLL_FREE, NOW - timedelta(days=30))

CONNECTION = Connection(
    id="lamna",
    tenant=TENANT,
    organization_name="Lamna Healthcare",
    contact="(608) 555-0100",
    environment=Environment.PRODUCTION,
    status=ConnectionStatus.APPROVED,
    epic_zone=ZONE,
    proofs=Proofs(certificates=(issuing.der("p256"),)),
    approved_before=True,
    virtual_visits=VirtualVisitRule(codes=frozenset({"2950"})),
    sms=ENABLED,
)


def connection(**changes: Any) -> Connection:
    """An approved production connection that texts for visit code 2950."""
    return replace(CONNECTION, **changes)


def wall(moment: datetime) -> LocalTime:
    """A moment in UTC as a message writes it, with its offset."""
    return LocalTime(moment.replace(tzinfo=None), timedelta(0))


def event(trigger: str = "S12", at: datetime = NOW, **changes: Any) -> ScheduleEvent:
    """A message that says everything, made at `at` (UTC)."""
    usual = ScheduleEvent(
        trigger=trigger,
        key=KEY,
        control_id="1000241",
        created=wall(at),
        processing_id="P",
        start=LocalTime(WALL),
        phone=PHONE,
        patient_id=MRN,
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
    **changes: Any,
) -> Incoming:
    """The event with its hash, made from `number`; it arrives when it is made."""
    said = event(trigger, at, **changes)
    return Incoming(said, REF, f"1-{number:032x}", patient, arrival or at)


def decided(state: Appointment | None, new: Incoming, **changes: Any) -> Decision:
    """decide() at the event's arrival; `now`, `grace` and `connection` can be given."""
    return decide(
        state,
        new,
        changes.get("connection", CONNECTION),
        changes.get("now", new.arrival),
        changes.get("grace", GRACE),
    )


def applied(state: Appointment | None, new: Incoming, **changes: Any) -> Appointment:
    """The row after the event, which must have changed it."""
    after = decided(state, new, **changes).appointment
    assert after is not None
    return after


def played(*events: Incoming, **changes: Any) -> Appointment:
    """The row after all events, applied as they arrive; some may have changed nothing."""
    state = None
    for each in events:
        state = decided(state, each, **changes).appointment or state
    assert state is not None
    return state


def siu(trigger: str = "S12", at: datetime = NOW, **changes: Any) -> bytes:
    """The same visit as an HL7 message."""
    return schedule_message(
        trigger,
        **{
            "key": KEY,
            "start_local": WALL,
            "control_id": "1000241",
            "created": at,
            "processing": "P",
            **changes,
        },
    )


@dataclass
class FixedClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def advance(self, **by: float) -> None:
        """Moves the clock by a timedelta's arguments."""
        self.now += timedelta(**by)


@contextmanager
def captured_logs() -> Iterator[io.StringIO]:
    """What the product would write while inside, as it would write it."""
    stream, logger = io.StringIO(), logging.getLogger("connector")
    handler, level = logging.StreamHandler(stream), logger.level
    handler.setFormatter(logs.JsonLine())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
