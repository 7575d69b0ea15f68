"""What a message leaves out is unchanged; only a value or the explicit null changes anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.connections.domain import Connection, ConsentRule, MinorsRule, VirtualVisitRule
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import DELETED, ScheduleEvent
from shared_code.texting.domain.reasons import CONSENT_MISSING
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.events import applied, decided, incoming
from tests.world.messages import read_schedule_event, s12, siu
from tests.world.visit import PHONE, START
from tests.world.world import World

MINUTE = timedelta(minutes=1)
LATER = NOW + 5 * MINUTE
AGREED = connection(consent=ConsentRule("ZCO-1", frozenset({"Y", "YES"})))
GIVEN: dict[str, Any] = {"consent": "Y"}


@pytest.mark.parametrize(
    ("said", "blocked"),
    [
        (["Y"], None),
        (["Y", None], None),
        (["YES", None, None], None),
        ([None], CONSENT_MISSING),
        ([None, "Y"], None),
        (["Y", "N"], CONSENT_MISSING),
        (["Y", "N", None], CONSENT_MISSING),
        (["Y", DELETED], CONSENT_MISSING),
        (["Y", DELETED, None], CONSENT_MISSING),
        (["N", None, "Y"], None),
        (["Y", "maybe"], CONSENT_MISSING),
    ],
)
def test_consent_is_what_the_last_message_said_that_said_anything(
    said: list[Any], blocked: Reason | None
) -> None:
    """A null and every other value take it back."""
    state = None
    for number, consent in enumerate(said):
        trigger = "S14" if number else "S12"
        event = incoming(trigger, NOW + number * MINUTE, number=number, consent=consent)
        state = applied(state, event, connection=AGREED)

    assert state is not None
    assert (state.texting.blocked, state.texting.phone) == (blocked, None if blocked else PHONE)


def test_consent_is_kept_while_a_connection_does_not_ask_for_it() -> None:
    """It is asked for again later."""
    booked = applied(None, incoming(**GIVEN), connection=AGREED)
    moved = applied(booked, incoming("S14", NOW + MINUTE, number=2), connection=connection())
    again = applied(moved, incoming("S14", LATER, number=3), connection=AGREED)

    assert (again.texting.consent, again.texting.blocked) == (True, None)


def test_an_older_message_does_not_take_consent_back() -> None:
    """It was made before the one that gives it."""
    booked = applied(None, incoming(at=LATER, **GIVEN), connection=AGREED)
    late = incoming("S14", NOW, number=2, arrival=LATER, consent="N")

    assert decided(booked, late, connection=AGREED).appointment is None


def test_a_message_without_the_segment_tells_nobody_anything() -> None:
    """Neither that the visit is booked anew nor that it is called off."""
    world = World(AGREED)
    world.apply(siu() + b"ZCO|Y\r")
    world.send(world.hint())
    world.clock.advance(minutes=5)
    before = world.row()
    world.apply(siu("S14", LATER))
    after = world.row()

    assert (after.version, after.texting.phone) == (before.version, PHONE)
    assert world.queues.sent == []


def _read(more: str, kind: str = "SIU^S12", **configured: Any) -> ScheduleEvent:
    return read_schedule_event(s12(more=more, kind=kind), connection(**configured))


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ("AIS|1||2950^VIDEO VISIT", ("2950",)),
        ("AIS|1||", None),
        ("AIS|1", None),
        ("AIS|1|U|^VIDEO VISIT", None),
        ("AIS|1||\rAIS|2||2950", ("2950",)),
        ("RGS|1", None),
        ('AIS|1||""', ()),
        ("AIS|1|D|2950", ()),
        ("AIS|1|D|2950\rAIS|2|A|1001", ("1001",)),
        ("AIS|1|D|2950\rAIS|2||", ()),
        ("AIS|1|A|1001", ("1001",)),
    ],
)
def test_a_code_that_is_not_sent_is_not_taken_away(
    segments: str, expected: tuple[str, ...] | None
) -> None:
    """A null or a deleted resource takes it away."""
    assert _read(segments).visit_codes == expected


@pytest.mark.parametrize(
    ("trigger", "segments", "expected"),
    [
        ("S18", "AIS|2|A|1001", None),
        ("S18", "AIS|2|A|1001\rAIS|3|A|1002", None),
        ("S18", "AIS|2|A|2950", ("2950",)),
        ("S18", "AIS|2||1001", ("1001",)),
        ("S19", "AIS|1|U|1001", ("1001",)),
        ("S20", "AIS|1|D|2950\rAIS|2|A|1001", ("1001",)),
        ("S14", "AIS|2|A|1001", ("1001",)),
    ],
)
def test_a_service_that_is_added_takes_none_away(
    trigger: str, segments: str, expected: tuple[str, ...] | None
) -> None:
    """Where a message says of every resource that it is added, the others are still there."""
    assert _read(segments, kind=f"SIU^{trigger}").visit_codes == expected


def test_a_code_in_another_segment_may_be_left_out_too() -> None:
    """The rule names SCH, which every message has."""
    rule = VirtualVisitRule(path="SCH-7.1", codes=frozenset({"VIDEO"}))

    assert _read("RGS|1", virtual_visits=rule).visit_codes is None


PARTIAL: dict[str, Any] = {
    "start": None,
    "phone": None,
    "patients": (),
    "occurrence": None,
    "language": None,
    "department": None,
    "visit_codes": None,
    "consent": None,
    "minor": None,
    "csn": None,
    "minutes": None,
    "deceased": None,
    "status_cancels": None,
}
FULL: dict[str, Any] = {
    "consent": "Y",
    "minor": False,
    "csn": "36996",
    "minutes": 30,
    "language": "es",
    "status_cancels": False,
    "deceased": False,
}


@pytest.mark.parametrize(
    "agreed",
    [
        AGREED,
        replace(AGREED, minors=MinorsRule.NOBODY),
        replace(AGREED, minors=MinorsRule.GUARDIAN),
    ],
)
@pytest.mark.parametrize("trigger", ["S13", "S14", "S18", "S19", "S22"])
def test_a_message_with_nothing_but_its_key_changes_nothing(
    trigger: str, agreed: Connection
) -> None:
    """The row is the same but for where it stands and what it remembers."""
    booked = applied(None, incoming(**FULL), connection=agreed)
    decision = decided(booked, incoming(trigger, LATER, number=2, **PARTIAL), connection=agreed)
    after = decision.appointment

    assert after is not None
    orders: dict[str, Any] = {
        "order": booked.order,
        "booked": booked.booked,
        "recent_events": booked.recent_events,
    }
    dates = replace(after.texting, notified_dates=booked.texting.notified_dates)
    assert replace(after, **orders, texting=dates) == booked
    assert (decision.texts, decision.agenda, decision.problems) == ((), (), ())
    assert (after.start, after.texting.phone) == (START, PHONE)


def test_the_partial_message_leaves_out_every_value_that_an_event_can() -> None:
    """Whoever adds one decides what its absence means."""
    always = {"trigger", "key", "control_id", "created", "processing_id", "remarks"}

    assert set(ScheduleEvent.__dataclass_fields__) - always == set(PARTIAL)
