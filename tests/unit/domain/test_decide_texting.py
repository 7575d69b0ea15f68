"""Who may be texted, whose phone is kept, who is told about trouble, what is on the agenda."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.domain.agenda import AgendaRow, Duty
from shared_code.domain.connection import ConnectionStatus, Environment, VirtualVisitRule
from shared_code.domain.schedule import wanted_texts
from shared_code.domain.schedule_event import DELETED
from shared_code.domain.text_message import TextKind, TextRef
from shared_code.domain.wall_clock import LocalTime
from shared_code.errors import ErrorCode
from tests.unit.builders import (
    ENABLED,
    GRACE,
    NOW,
    PHONE,
    REF,
    START,
    WALL,
    applied,
    connection,
    decided,
    incoming,
    wall,
)

CODE = ErrorCode
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CODES = VirtualVisitRule(codes=frozenset({"2950"}))
EVERY = VirtualVisitRule(every_visit=True)
YOUNG = replace(ENABLED, enabled_since=NOW + MINUTE)
GONE = {"start": LocalTime(WALL.replace(day=1, hour=6, minute=30))}


@pytest.mark.parametrize(
    ("configured", "said", "blocked", "phone"),
    [
        ({}, {}, None, PHONE),
        ({"sms": None}, {}, CODE.SMS_NOT_ENABLED, None),
        ({"sms": YOUNG}, {}, CODE.BEFORE_SMS_ENABLED, None),
        ({"sms": replace(YOUNG, enabled_since=NOW)}, {}, None, PHONE),
        ({"virtual_visits": None}, {}, CODE.VIRTUAL_RULE_MISSING, None),
        ({}, {"visit_codes": ("1001",)}, CODE.NOT_VIRTUAL, None),
        ({}, {"visit_codes": ()}, CODE.NOT_VIRTUAL, None),
        ({}, {"visit_codes": None}, CODE.NOT_VIRTUAL, None),
        ({}, {"visit_codes": ("1001", "2950")}, None, PHONE),
        ({"virtual_visits": EVERY}, {"visit_codes": None}, None, PHONE),
        ({"virtual_visits": EVERY}, {"visit_codes": ("1001",)}, None, PHONE),
        ({}, {"processing_id": "T"}, CODE.PROCESSING_ID_NOT_ALLOWED, None),
        ({}, {"processing_id": ""}, CODE.PROCESSING_ID_NOT_ALLOWED, None),
        ({"processing_ids": frozenset({"P", "T"})}, {"processing_id": "T"}, None, PHONE),
        ({}, {"start": None}, CODE.START_MISSING, PHONE),
        ({}, {"start": DELETED}, CODE.START_MISSING, PHONE),
        ({}, {"start": None, "remarks": (CODE.START_UNREADABLE,)}, CODE.START_UNREADABLE, PHONE),
        ({}, {"start": wall(NOW)}, CODE.VISIT_IN_PAST, PHONE),
        ({}, GONE, CODE.VISIT_IN_PAST, PHONE),
        ({}, {"start": wall(NOW + MINUTE)}, None, PHONE),
        ({}, {"phone": None}, CODE.PHONE_MISSING, None),
        ({}, {"phone": DELETED}, CODE.PHONE_MISSING, None),
        ({}, {"phone": None, "remarks": (CODE.PHONE_UNUSABLE,)}, CODE.PHONE_UNUSABLE, None),
        ({"sms": None, "virtual_visits": None}, {"phone": None}, CODE.SMS_NOT_ENABLED, None),
        ({"environment": Environment.TEST}, {}, None, PHONE),
        ({"status": ConnectionStatus.PENDING_APPROVAL}, {}, None, PHONE),
    ],
)
def test_a_new_appointment_is_texted_or_says_why_not(
    configured: dict[str, Any], said: dict[str, Any], blocked: ErrorCode | None, phone: str | None
) -> None:
    """No phone is kept where it will never be needed."""
    agreed = connection(**configured)
    decision = decided(None, incoming(**said), connection=agreed)
    state = decision.appointment

    assert state is not None
    assert (blocked, phone) == (state.blocked, state.phone)
    assert (blocked is None) == bool(decision.texts)
    assert wanted_texts(state, agreed) == decision.texts


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({}, ()),
        ({"start": None}, (CODE.START_MISSING,)),
        ({"start": None, "remarks": (CODE.START_UNREADABLE,)}, (CODE.START_UNREADABLE,)),
        ({"phone": None}, (CODE.PHONE_MISSING,)),
        ({"phone": None, "remarks": (CODE.PHONE_UNUSABLE,)}, (CODE.PHONE_UNUSABLE,)),
        ({"remarks": (CODE.START_DISAGREES,)}, (CODE.START_DISAGREES,)),
        ({"start": wall(START - timedelta(hours=6))}, (CODE.START_OFFSET_DIFFERS,)),
        ({"visit_codes": ("1001",), "phone": None, "remarks": (CODE.PHONE_UNUSABLE,)}, ()),
        ({"start": wall(NOW - DAY), "phone": None, "remarks": (CODE.PHONE_UNUSABLE,)}, ()),
        ({"processing_id": "T"}, ()),
    ],
)
def test_somebody_is_told_what_a_person_can_mend(
    said: dict[str, Any], problems: tuple[ErrorCode, ...]
) -> None:
    """But nobody about visits that are no virtual visits or are over."""
    assert problems == decided(None, incoming(**said)).problems


def test_another_patient_is_held_and_somebody_is_told() -> None:
    """The row keeps nobody's phone."""
    booked = applied(None, incoming())
    decision = decided(booked, incoming("S14", NOW + MINUTE, number=2, patient="1-another"))

    assert decision.problems == (CODE.PATIENT_CHANGED,)
    assert decision.texts == ()


def test_without_a_rule_somebody_is_told() -> None:
    """No rule, no texts."""
    assert decided(None, incoming(), connection=connection(virtual_visits=None)).problems == (
        CODE.VIRTUAL_RULE_MISSING,
    )


def test_a_cancel_asks_for_nothing() -> None:
    """Neither a text nor a phone that would have to be retired later than at once."""
    booked = applied(None, incoming())
    decision = decided(booked, incoming("S15", NOW + MINUTE, number=2, phone=None))

    assert (decision.texts, decision.problems) == ((), ())
    assert decision.appointment is not None
    assert decision.appointment.phone is None


def test_the_confirmation_is_named_after_the_utc_day_of_its_start() -> None:
    """Late evening in Chicago is the next day."""
    late = START + timedelta(hours=11)
    decision = decided(None, incoming(start=wall(late)))
    version = applied(None, incoming()).version

    assert (TextRef(REF, version, TextKind.CONFIRMATION, 0, late.date()),) == decision.texts


def test_where_confirmations_are_off_none_is_wanted() -> None:
    """The appointment may be texted all the same."""
    silent = connection(sms=replace(ENABLED, confirmations=False))
    decision = decided(None, incoming(), connection=silent)

    assert decision.appointment is not None
    assert (
        decision.texts,
        decision.appointment.blocked,
        decision.appointment.phone,
    ) == ((), None, PHONE)


@pytest.mark.parametrize(
    ("trigger", "said", "due"),
    [
        ("S12", {}, START + GRACE),
        ("S12", GONE, NOW + timedelta(minutes=30)),
        ("S12", {"start": wall(NOW - DAY)}, NOW + timedelta(minutes=2)),
        ("S12", {"start": None}, NOW + timedelta(hours=24)),
        ("S15", {}, NOW + timedelta(minutes=2)),
        ("S26", {"start": None}, NOW + timedelta(minutes=2)),
        ("S12", {"visit_codes": ("1001",)}, START + GRACE),
    ],
)
def test_every_version_has_a_row_that_retires_its_phone(
    trigger: str, said: dict[str, Any], due: Any
) -> None:
    """After the grace, at once when it is over, after a day where no start is known."""
    decision = decided(None, incoming(trigger, **said))
    version = str(applied(None, incoming()).version)

    assert AgendaRow(due, Duty.RETIRE_PHONE, str(REF), version) == decision.agenda[0]
    assert bool(decision.texts) == (len(decision.agenda) == 2)


def test_a_version_with_texts_is_settled_two_minutes_later() -> None:
    """That row is what a lost hint is found by."""
    now = NOW + timedelta(seconds=7)
    decision = decided(None, incoming(), now=now)
    version = str(applied(None, incoming()).version)

    assert AgendaRow(now + timedelta(minutes=2), Duty.SETTLE, str(REF), version) in decision.agenda
