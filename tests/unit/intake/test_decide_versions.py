"""When an appointment gets a new version, and what empty fields and nulls do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared_code.appointments.domain import Appointment, Version
from shared_code.hl7.schedule_event import (
    DELETED,
    PHONE_UNUSABLE,
    START_DISAGREES,
    START_UNREADABLE,
)
from shared_code.texting.domain.reasons import PATIENT_CHANGED
from shared_code.wall_clock import START_IN_GAP, LocalTime
from tests.world.clock import NOW
from tests.world.events import applied, decided, incoming, played, wall
from tests.world.visit import OTHER_PHONE, PHONE, START, WALL

LATER = NOW + timedelta(minutes=5)
LATEST = NOW + timedelta(minutes=10)
UNREADABLE, UNUSABLE = (START_UNREADABLE,), (PHONE_UNUSABLE,)


def _changed(**changes: Any) -> Appointment:
    return applied(applied(None, incoming()), incoming("S14", LATER, number=2, **changes))


def test_a_version_is_a_counter_and_eight_digits_of_its_event() -> None:
    """So that two events that race never share agenda rows, claims or links."""
    new = incoming(number=0x3FA9C1D2 << 96)

    assert Version(1, "3fa9c1d2") == applied(None, new).version


@pytest.mark.parametrize(
    "changes",
    [
        {"start": wall(START + timedelta(minutes=15))},
        {"start": DELETED},
        {"start": None, "remarks": UNREADABLE},
        {"phone": OTHER_PHONE},
        {"phone": DELETED},
        {"phone": None, "remarks": UNUSABLE},
        {"patient": "1-another"},
        {"visit_codes": ("1001",)},
        {"visit_codes": ()},
        {"deceased": True},
    ],
)
def test_what_a_patient_was_told_wrongly_makes_a_new_version(changes: dict[str, Any]) -> None:
    """Start, phone, patient, and whether it is virtual."""
    assert Version(2, "00000000") == _changed(**changes).version


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"language": "es"},
        {"language": None},
        {"department": "10501102"},
        {"start": None},
        {"start": wall(START)},
        {"start": LocalTime(WALL)},
        {"phone": None},
        {"patient": None},
        {"visit_codes": None},
        {"visit_codes": ("1001", "2950")},
        {"control_id": "77"},
        {"remarks": (START_DISAGREES,)},
    ],
)
def test_everything_else_keeps_the_version(changes: dict[str, Any]) -> None:
    """A changed language alone only changes the words of later texts."""
    before = applied(None, incoming())
    decision = decided(before, incoming("S14", LATER, number=2, **changes))
    after = decision.appointment

    assert after is not None
    assert (before.version, START, PHONE) == (after.version, after.start, after.texting.phone)
    assert (decision.agenda, decision.texts) == ((), ())
    assert len(after.recent_events) == 2


def test_language_and_department_are_those_of_the_last_message_that_said_them() -> None:
    """An empty field says nothing."""
    spanish = _changed(language="es", department="10501102")
    silent = applied(spanish, incoming("S14", LATEST, number=3, language=None, department=None))

    assert (silent.language, silent.department) == ("es", "10501102")


@pytest.mark.parametrize(
    ("changes", "start", "phone"),
    [
        ({"start": None, "phone": None}, START, PHONE),
        ({"start": DELETED}, None, PHONE),
        ({"phone": DELETED}, START, None),
        ({"start": None, "remarks": UNREADABLE}, None, PHONE),
        ({"phone": None, "remarks": UNUSABLE}, START, None),
        ({"phone": OTHER_PHONE}, START, OTHER_PHONE),
    ],
)
def test_empty_keeps_and_null_forgets(changes: dict[str, Any], start: Any, phone: Any) -> None:
    """A value that cannot be read is not what it was before either."""
    after = _changed(**changes)

    assert (start, phone) == (after.start, after.texting.phone)


def test_a_start_in_a_gap_is_kept_with_a_remark() -> None:
    """Somebody looks at it; the patient is texted all the same."""
    gap = LocalTime(WALL.replace(year=2027, month=3, day=14, hour=2))
    decision = decided(None, incoming(start=gap))

    assert decision.problems == (START_IN_GAP,)
    assert len(decision.texts) == 1


@pytest.mark.parametrize("trigger", ["S15", "S26"])
def test_while_it_stays_over_no_version_is_made(trigger: str) -> None:
    """Neither phone nor start nor patient of later messages makes one."""
    ended = played(incoming(), incoming(trigger, LATER, number=2))
    moved = wall(START + timedelta(days=1))
    new = incoming("S14", LATEST, number=3, start=moved, phone=OTHER_PHONE, patient="1-another")
    after = applied(ended, new)

    assert (ended.version, None) == (after.version, after.texting.phone)


def test_after_the_grace_the_phone_is_not_read() -> None:
    """The visit is over: its row stays as it is, without a version for it."""
    booked = applied(None, incoming())
    end = START + timedelta(minutes=60)
    after = applied(booked, incoming("S14", end, number=2, phone=OTHER_PHONE))

    assert (booked.version, None) == (after.version, after.texting.phone)


def test_before_the_grace_is_over_a_change_still_counts() -> None:
    """A visit that began late can still move to another day."""
    booked = applied(None, incoming())
    running = START + timedelta(minutes=59)
    tomorrow = wall(START + timedelta(days=1))
    after = applied(booked, incoming("S14", running, number=2, start=tomorrow))

    assert (after.version.counter, after.texting.phone, after.texting.blocked) == (2, PHONE, None)


def test_a_visit_that_was_over_and_moves_to_the_future_lives_again() -> None:
    """It is no longer over, so there is a version, a phone and a text."""
    booked = applied(None, incoming())
    after_it = START + timedelta(days=1)
    moved = incoming("S14", after_it, number=2, start=wall(START + timedelta(days=9)))
    decision = decided(booked, moved)

    assert decision.appointment is not None
    assert (decision.appointment.version.counter, decision.appointment.texting.phone) == (2, PHONE)
    assert len(decision.texts) == 1


def test_the_first_patient_stays_the_patient() -> None:
    """
    Another fingerprint holds texts until the first one is named again. The number that is kept
    meanwhile is the other one's, for the day when a person accepts that.
    """
    other = _changed(patient="1-another", phone=OTHER_PHONE)
    silent = applied(other, incoming("S14", LATEST, number=3, patient=None, phone=None))
    first = applied(silent, incoming("S14", LATEST + timedelta(1), number=4))

    assert (other.patients, other.patient_conflict) == (("1-patient",), True)
    assert (other.other_patients, other.texting.phone) == (("1-another",), OTHER_PHONE)
    assert (
        silent.patient_conflict,
        silent.texting.phone,
        silent.texting.blocked,
    ) == (True, OTHER_PHONE, PATIENT_CHANGED)
    assert (first.patient_conflict, first.texting.phone, first.texting.blocked) == (
        False,
        PHONE,
        None,
    )


def test_a_patient_named_later_is_no_other_patient() -> None:
    """A first message without PID-3 says nothing about whose visit it is."""
    nameless = applied(None, incoming(patient=None))
    named = applied(nameless, incoming("S14", LATER, number=2))

    assert (named.patients, named.patient_conflict) == (("1-patient",), False)
