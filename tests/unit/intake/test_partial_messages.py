"""Messages that leave things out, in any order: only what a newer one said outranks them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.appointments.domain import Appointment, Fact, Status
from shared_code.connections.domain import Connection, ConsentRule, MinorsRule
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    DELETED,
    PHONE_UNUSABLE,
    SEVERAL_PATIENTS,
    START_UNREADABLE,
)
from shared_code.intake.domain.decide import Incoming
from shared_code.texting.domain.reasons import CONSENT_MISSING, PATIENT_DECEASED
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.events import applied, decided, incoming, played, wall
from tests.world.visit import OTHER_PHONE, PHONE, START

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CONSENT = ConsentRule("ZCO-1", frozenset({"Y"}))
AGREED = connection(consent=CONSENT)
SILENT: dict[str, Any] = {
    "start": None,
    "phone": None,
    "language": None,
    "department": None,
    "visit_codes": None,
}
quickly = partial(settings, derandomize=True, database=None, deadline=None)


def said(trigger: str, minute: int, late: int = 0, **changes: Any) -> Incoming:
    """Return a message that says this alone; it arrives when it is made, or in minute `late`."""
    at, arrival = NOW + minute * MINUTE, NOW + (late or minute) * MINUTE
    return incoming(trigger, at, number=minute, arrival=arrival, **(SILENT | changes))


FULL: dict[str, Any] = {
    "start": wall(START),
    "phone": PHONE,
    "language": "es",
    "department": "10501101",
    "visit_codes": ("2950",),
    "consent": "Y",
    "minor": False,
    "deceased": False,
    "csn": "4711",
    "minutes": 30,
}


def facts(row: Appointment) -> dict[str, object]:
    """Return all that messages may leave out, but the phone."""
    texting = row.texting
    return {
        "status": row.status,
        "start": row.start,
        "department": row.department,
        "language": row.language,
        "virtual": row.virtual,
        "csn": row.csn,
        "minutes": row.minutes,
        "minor": texting.minor,
        "deceased": texting.deceased,
        "consent": texting.consent,
        "held": row.is_held(),
    }


@pytest.mark.parametrize("left_out", [*FULL, None])
def test_a_late_booking_says_what_the_change_before_it_left_out(left_out: str | None) -> None:
    """Whichever it is, or everything; the patient is texted as in the order of MSH-7."""
    change = {} if left_out is None else FULL | {left_out: None}
    booking, moved = said("S12", 0, 9, **FULL), said("S14", 2, **change)

    assert played(moved, booking, connection=AGREED).texting.blocked is None
    assert played(moved, booking, connection=AGREED).texting.phone == PHONE
    assert facts(played(moved, booking, connection=AGREED)) == facts(
        played(booking, moved, connection=AGREED)
    )


@pytest.mark.parametrize("left_out", [name for name in FULL if name != "phone"])
def test_what_a_newer_message_said_outranks_a_late_one(left_out: str) -> None:
    """Each fact by itself."""
    other: dict[str, Any] = {
        "start": wall(START + DAY),
        "language": "en",
        "department": "10501102",
        "visit_codes": ("1001",),
        "consent": "N",
        "minor": True,
        "deceased": True,
        "csn": "4712",
        "minutes": 60,
    }
    booking = said("S12", 0, **FULL)
    moved = said("S14", 4, **{left_out: FULL[left_out]})
    late = said("S14", 2, 9, **{left_out: other[left_out]})
    row = played(booking, moved, late, connection=AGREED)

    assert facts(row) == facts(played(booking, late, moved, connection=AGREED))
    assert facts(row) == facts(played(booking, connection=AGREED))


@pytest.mark.parametrize("trigger", ["S14", "S15", "S18", "S26"])
def test_a_death_in_a_late_message_is_heard(trigger: str) -> None:
    """The change that came before it said nothing of it: no text of any kind."""
    booking, moved = said("S12", 0, **FULL), said("S14", 4)
    known = played(booking, moved)
    decision = decided(known, said(trigger, 2, 9, deceased=True))
    row = decision.appointment

    assert row is not None
    assert (row.texting.deceased, row.texting.phone) == (True, None)
    assert decision.texts == ()
    assert trigger == "S26" or row.texting.blocked == PATIENT_DECEASED


@pytest.mark.parametrize("trigger", ["S14", "S15", "S17"])
@pytest.mark.parametrize("consent", ["N", DELETED])
def test_consent_taken_back_in_a_late_message_is_heard(trigger: str, consent: Any) -> None:
    """Neither the next change nor a cancellation is told."""
    booking, moved = said("S12", 0, **FULL), said("S14", 4)
    known = played(booking, moved, connection=AGREED)
    decision = decided(known, said(trigger, 2, 9, consent=consent), connection=AGREED)
    row = decision.appointment

    assert row is not None
    assert (row.texting.consent, row.texting.phone, decision.texts) == (False, None, ())


@pytest.mark.parametrize("refusal", [PHONE_UNUSABLE, DELETED])
@pytest.mark.parametrize("first", ["S14", "S15"])
def test_a_number_that_a_newer_message_refused_is_never_texted(refusal: Any, first: str) -> None:
    """However late an older message names one, also of a visit that seemed to be over."""
    refusing = {"phone": DELETED} if refusal is DELETED else {"remarks": (refusal,)}
    ended = [said("S15", 1)] if first == "S15" else []
    row = played(*ended, said("S14", 4, **refusing), said("S12", 2, 9, **FULL))

    assert (row.status, row.texting.phone) == (Status.ACTIVE, None)
    assert row.texting.blocked is not None


@pytest.mark.parametrize("held_by", ["booking", "change"])
def test_a_status_that_cancels_is_heard_late(held_by: str) -> None:
    """Be it of the booking that makes the visit take place, or of a change."""
    status = {"status_cancels": True}
    if held_by == "booking":
        row = played(said("S15", 2), said("S14", 4), said("S12", 3, 9, **FULL, **status))
    else:
        row = played(said("S12", 0, **FULL), said("S14", 4), said("S14", 2, 9, **status))

    assert row.status is Status.ACTIVE
    assert row.is_held()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (0, 3, 2, 1)])
def test_a_visit_that_is_booked_anew_is_not_held_by_what_was_said_of_its_end(
    order: tuple[int, ...],
) -> None:
    """In any order; the new booking says nothing of its status."""
    cancels = {"status_cancels": True}
    made = [
        said("S12", 1, 9, **FULL),
        said("S15", 2, 9, **cancels),
        said("S14", 3, 9, **cancels),
        said("S12", 4, 9, **FULL),
    ]
    row = played(*(made[number] for number in order))

    assert (row.status, row.is_held(), row.texting.blocked) == (Status.ACTIVE, False, None)


def test_a_booking_that_says_nothing_does_not_end_what_holds_a_visit_that_takes_place() -> None:
    """The visit never ended."""
    row = played(said("S12", 1, **FULL, status_cancels=True), said("S13", 2))

    assert row.is_held()


def test_a_row_of_a_release_without_consent_counts_as_agreed_where_it_was_texted() -> None:
    """A message that is silent about it keeps the number, one that says no does not."""
    booked = played(said("S12", 0, **FULL), connection=AGREED)
    old = replace(booked, texting=replace(booked.texting, consent=None))
    moved = applied(old, said("S14", 2, start=wall(START + DAY)), connection=AGREED)
    refused = applied(old, said("S14", 2, consent="N"), connection=AGREED)

    assert (moved.texting.consent, moved.texting.phone) == (True, PHONE)
    assert moved.texting.blocked is None
    assert (refused.texting.consent, refused.texting.phone) == (False, None)


def test_a_rule_for_consent_that_is_new_finds_nobody_who_has_agreed() -> None:
    """Who was texted before without being asked is none of them."""
    booked = played(said("S12", 0, **{**FULL, "consent": None}))
    moved = applied(booked, said("S14", 2), connection=AGREED)

    assert (moved.texting.consent, moved.texting.blocked) == (None, CONSENT_MISSING)


def test_a_number_that_waited_for_consent_is_another_than_an_older_message_named() -> None:
    """Then nobody is texted: the older number is none any more."""
    change, booking = FULL | {"consent": None, "phone": OTHER_PHONE}, said("S12", 0, 9, **FULL)
    row = played(said("S14", 2, **change), booking, connection=AGREED)

    assert (row.texting.phone, row.texting.consent) == (None, True)


def test_a_message_with_news_of_another_patient_says_only_when_and_where() -> None:
    """What it says of a person is of somebody else."""
    known = played(said("S14", 4))
    row = applied(known, said("S12", 2, 9, **FULL, patient="1-another"))

    assert (row.start, row.virtual) == (START, True)
    assert (row.texting.phone, row.texting.consent, row.language) == (None, None, None)


def test_a_late_message_keeps_the_order_of_the_newest() -> None:
    """But the row knows when the last of them came."""
    row = played(said("S14", 4), said("S12", 2, 9, **FULL))

    assert (row.order.moment, row.last_arrival) == (NOW + 4 * MINUTE, NOW + 9 * MINUTE)
    assert row.said[Fact.START].moment == NOW + 2 * MINUTE


CONNECTIONS = (
    connection(),
    AGREED,
    connection(minors=MinorsRule.NOBODY),
    connection(minors=MinorsRule.GUARDIAN, consent=CONSENT),
)
STAYS = ["S12", "S13", "S14", "S18"]
VALUES: dict[str, list[Any]] = {
    "start": [None, None, DELETED, *(wall(START + day * DAY) for day in range(3))],
    "phone": [None, None, DELETED, PHONE, PHONE, OTHER_PHONE],
    "language": [None, "en", "es"],
    "department": [None, "10501101", "10501102"],
    "consent": [None, None, "Y", "Y", "N", DELETED],
    "deceased": [None, None, None, None, False, True],
    "status_cancels": [None, None, False, True],
    "minor": [None, None, False, False, True],
    "csn": [None, "1", "2"],
    "minutes": [None, DELETED, 30, 60],
}
REMARKS = {
    "start": START_UNREADABLE,
    "phone": PHONE_UNUSABLE,
    "minor": BIRTH_DATE_UNREADABLE,
}


@st.composite
def _partial(draw: st.DrawFn, triggers: list[str], *, in_person: bool) -> dict[str, Any]:
    changes = {name: draw(st.sampled_from(values)) for name, values in VALUES.items()}
    kinds = [None, ("2950",), *([("1001",), ()] if in_person else [])]
    remarks = [
        remark
        for name, remark in REMARKS.items()
        if changes[name] is None and draw(st.integers(0, 5)) == 0
    ]
    if draw(st.integers(0, 11)) == 0:
        remarks.append(SEVERAL_PATIENTS)
        changes |= dict.fromkeys(("phone", "minor", "consent", "deceased", "language"))
        remarks = [each for each in remarks if each in (SEVERAL_PATIENTS, START_UNREADABLE)]
    return {
        "trigger": draw(st.sampled_from(triggers)),
        "visit_codes": draw(st.sampled_from(kinds)),
        "remarks": tuple(remarks),
        "patient": draw(st.sampled_from(["1-patient", None])),
        **changes,
    }


def _made(stories: list[dict[str, Any]]) -> list[Incoming]:
    return [
        said(story["trigger"], number + 1, 60, **{k: v for k, v in story.items() if k != "trigger"})
        for number, story in enumerate(stories)
    ]


ENDING = [*STAYS, "S14", "S15", "S17", "S26"]


@quickly(max_examples=150)
@given(
    data=st.data(),
    agreed=st.sampled_from(CONNECTIONS),
    stories=st.lists(_partial(ENDING, in_person=True), min_size=1, max_size=6),
)
def test_partial_messages_end_alike_in_any_order(
    data: st.DataObject, agreed: Connection, stories: list[dict[str, Any]]
) -> None:
    """Every fact is as in the order of MSH-7."""
    made = _made(stories)
    shuffled = data.draw(st.permutations(made))

    assert facts(played(*shuffled, connection=agreed)) == facts(played(*made, connection=agreed))


@quickly(max_examples=250)
@given(
    data=st.data(),
    agreed=st.sampled_from(CONNECTIONS),
    stories=st.lists(_partial(STAYS, in_person=False), min_size=1, max_size=6),
)
def test_no_order_lets_a_text_go_that_the_right_one_would_not(
    data: st.DataObject, agreed: Connection, stories: list[dict[str, Any]]
) -> None:
    """
    Where somebody is texted, it is the same number as in the order of MSH-7. Limit: here no death
    is taken back; a number that was named between the two is texted.
    """
    made = _made([{**story, "deceased": story["deceased"] or None} for story in stories])
    shuffled = data.draw(st.permutations(made))
    row, right = played(*shuffled, connection=agreed), played(*made, connection=agreed)

    if row.texting.blocked is None:
        assert (right.texting.blocked, right.texting.phone) == (None, row.texting.phone)


@quickly(max_examples=150)
@given(
    data=st.data(),
    stories=st.lists(_partial(STAYS, in_person=False), min_size=1, max_size=6),
)
def test_the_number_is_the_same_in_any_order_where_nobody_asks_for_consent(
    data: st.DataObject, stories: list[dict[str, Any]]
) -> None:
    """
    Also where it was deleted or refused. A number that was named while a patient seemed to be dead
    is not there when an older message takes that back.
    """
    made = _made([{**story, "deceased": None} for story in stories])
    shuffled = data.draw(st.permutations(made))
    row, right = played(*shuffled), played(*made)

    assert row.texting.phone == right.texting.phone
    assert (row.texting.blocked is None) == (right.texting.blocked is None)
