"""Who may be texted, whose phone is kept, who is told about trouble, what is on the agenda."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import RETIRE_PHONE, START_MISSING
from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    ConsentRule,
    Environment,
    MinorsRule,
    VirtualVisitRule,
)
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    DELETED,
    PHONE_UNUSABLE,
    START_DISAGREES,
    START_UNREADABLE,
)
from shared_code.texting.domain.plan import SETTLE, wanted_texts
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    CONSENT_MISSING,
    MINOR_NOT_TEXTED,
    NOT_VIRTUAL,
    PATIENT_CHANGED,
    PHONE_MISSING,
    SMS_NOT_ENABLED,
    VIRTUAL_RULE_MISSING,
    VISIT_IN_PAST,
    VISIT_KIND_UNKNOWN,
)
from shared_code.texting.domain.text import TextKind, TextRef
from shared_code.wall_clock import START_OFFSET_DIFFERS, LocalTime
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.events import applied, decided, incoming, wall
from tests.world.visit import GRACE, OTHER_PHONE, PHONE, REF, START, WALL

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IN_UTC, LOCAL_NOW = wall(START), LocalTime(wall(NOW - 5 * HOUR).wall)
CODES = VirtualVisitRule(codes=frozenset({"2950"}))
EVERY = VirtualVisitRule(every_visit=True)
CONSENT = ConsentRule("ZCO-1", frozenset({"Y"}))
SILENT = replace(ENABLED, confirmations=False)
YOUNG = replace(ENABLED, enabled_since=NOW + MINUTE)
GONE = {"start": LocalTime(WALL.replace(day=1, hour=8, minute=30))}


@pytest.mark.parametrize(
    ("configured", "said", "blocked", "phone"),
    [
        ({}, {}, None, PHONE),
        ({"sms": None}, {}, SMS_NOT_ENABLED, None),
        ({"sms": YOUNG}, {}, BEFORE_SMS_ENABLED, None),
        ({"sms": replace(YOUNG, enabled_since=NOW)}, {}, None, PHONE),
        ({"virtual_visits": None}, {}, VIRTUAL_RULE_MISSING, None),
        ({}, {"visit_codes": ("1001",)}, NOT_VIRTUAL, None),
        ({}, {"visit_codes": ()}, NOT_VIRTUAL, None),
        ({}, {"visit_codes": None}, VISIT_KIND_UNKNOWN, PHONE),
        ({}, {"visit_codes": ("1001", "2950")}, None, PHONE),
        ({"virtual_visits": EVERY}, {"visit_codes": None}, None, PHONE),
        ({"virtual_visits": EVERY}, {"visit_codes": ("1001",)}, None, PHONE),
        ({}, {"start": None}, START_MISSING, PHONE),
        ({}, {"start": DELETED}, START_MISSING, PHONE),
        ({}, {"start": None, "remarks": (START_UNREADABLE,)}, START_UNREADABLE, PHONE),
        ({}, {"start": wall(NOW)}, VISIT_IN_PAST, PHONE),
        ({}, GONE, VISIT_IN_PAST, PHONE),
        ({}, {"start": wall(NOW + MINUTE)}, None, PHONE),
        ({}, {"phone": None}, PHONE_MISSING, None),
        ({}, {"phone": DELETED}, PHONE_MISSING, None),
        ({}, {"phone": None, "remarks": (PHONE_UNUSABLE,)}, PHONE_UNUSABLE, None),
        ({"sms": None, "virtual_visits": None}, {"phone": None}, SMS_NOT_ENABLED, None),
        ({"environment": Environment.TEST}, {}, None, PHONE),
        ({"status": ConnectionStatus.PENDING_APPROVAL}, {}, None, PHONE),
    ],
)
def test_a_new_appointment_is_texted_or_says_why_not(
    configured: dict[str, Any], said: dict[str, Any], blocked: Reason | None, phone: str | None
) -> None:
    """No phone is kept where it will never be needed."""
    agreed = connection(**configured)
    decision = decided(None, incoming(**said), connection=agreed)
    state = decision.appointment

    assert state is not None
    assert (blocked, phone) == (state.texting.blocked, state.texting.phone)
    assert (blocked is None) == bool(decision.texts)
    assert wanted_texts(state, agreed) == decision.texts


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({}, ()),
        ({"start": None}, (START_MISSING,)),
        ({"start": None, "remarks": (START_UNREADABLE,)}, (START_UNREADABLE,)),
        ({"phone": None}, (PHONE_MISSING,)),
        ({"visit_codes": None}, (VISIT_KIND_UNKNOWN,)),
        ({"phone": None, "remarks": (PHONE_UNUSABLE,)}, (PHONE_UNUSABLE,)),
        ({"remarks": (START_DISAGREES,)}, (START_DISAGREES,)),
        ({"start": IN_UTC, "created": wall(NOW)}, ()),
        ({"start": IN_UTC, "created": wall(NOW - 9 * MINUTE)}, ()),
        ({"start": IN_UTC, "created": wall(NOW - 5 * HOUR)}, (START_OFFSET_DIFFERS,)),
        ({"start": IN_UTC, "created": wall(NOW + HOUR)}, (START_OFFSET_DIFFERS,)),
        ({"start": IN_UTC, "created": None}, (START_OFFSET_DIFFERS,)),
        ({"start": IN_UTC, "created": LOCAL_NOW}, (START_OFFSET_DIFFERS,)),
        (
            {"created": replace(LOCAL_NOW, offset=-5 * HOUR), "start": IN_UTC},
            (START_OFFSET_DIFFERS,),
        ),
        ({"visit_codes": ("1001",), "phone": None, "remarks": (PHONE_UNUSABLE,)}, ()),
        ({"start": wall(NOW - DAY), "phone": None, "remarks": (PHONE_UNUSABLE,)}, ()),
    ],
)
def test_somebody_is_told_what_a_person_can_mend(
    said: dict[str, Any], problems: tuple[Reason, ...]
) -> None:
    """But nobody about visits that are no virtual visits or are over."""
    assert problems == decided(None, incoming(**said)).problems


def test_another_patient_is_held_and_somebody_is_told() -> None:
    booked = applied(None, incoming())
    decision = decided(booked, incoming("S14", NOW + MINUTE, number=2, patient="1-another"))

    assert decision.problems == (PATIENT_CHANGED,)
    assert decision.texts == ()


def test_without_a_rule_somebody_is_told() -> None:
    """No rule, no texts."""
    assert decided(None, incoming(), connection=connection(virtual_visits=None)).problems == (
        VIRTUAL_RULE_MISSING,
    )


def test_the_phone_of_a_visit_that_is_in_person_and_past_now_goes_soon() -> None:
    """One message moves it into the past and takes its code away: no duty is due before now."""
    booked, at = applied(None, incoming()), NOW + MINUTE
    moved = incoming("S14", at, number=2, start=wall(NOW - 365 * DAY), visit_codes=("1001",))
    decision = decided(booked, moved)
    due = [row.due for row in decision.agenda if row.duty == RETIRE_PHONE]

    assert due == [at + 2 * MINUTE]


@pytest.mark.parametrize("trigger", ["S15", "S16", "S17"])
def test_a_cancel_asks_for_one_text_to_the_phone_of_before(trigger: str) -> None:
    """Its own PID-13 is not read; the phone goes after a day at the latest."""
    booked, at = applied(None, incoming()), NOW + MINUTE
    decision = decided(booked, incoming(trigger, at, number=2, phone=OTHER_PHONE))
    after = decision.appointment

    assert after is not None
    assert (TextRef(REF, after.version, TextKind.CANCELLATION, 0, START.date()),) == decision.texts
    assert (after.texting.phone, decision.problems) == (PHONE, ())
    assert [(RETIRE_PHONE, at + DAY), (SETTLE, at + 2 * MINUTE)] == [
        (row.duty, row.due) for row in decision.agenda
    ]


def test_a_video_visit_that_becomes_another_kind_asks_for_a_cancellation_notice() -> None:
    """Once, to the phone of before; later messages about it ask for nothing and read no phone."""
    booked = applied(None, incoming())
    in_person: dict[str, Any] = {"visit_codes": ("1001",), "phone": OTHER_PHONE}
    decision = decided(booked, incoming("S14", NOW + MINUTE, number=2, **in_person))
    after = decision.appointment

    assert after is not None
    assert (
        TextRef(REF, after.version, TextKind.NO_LONGER_VIRTUAL, 0, START.date()),
    ) == decision.texts
    assert (after.texting.phone, after.texting.blocked) == (PHONE, NOT_VIRTUAL)
    for phone in (PHONE, None):  # before and after the notice had its outcome
        before = after.with_phone(phone)
        again = decided(before, incoming("S14", NOW + 2 * MINUTE, number=3, **in_person))
        assert again.appointment is not None
        assert ((), (), phone) == (again.texts, again.agenda, again.appointment.texting.phone)


@pytest.mark.parametrize(
    ("said", "configured"),
    [
        ({"visit_codes": ("1001",)}, {}),
        ({"phone": None}, {}),
        ({"start": None}, {}),
        ({"start": wall(NOW)}, {}),
        ({"deceased": True}, {}),
        ({"consent": None}, {"consent": CONSENT}),
        ({"minor": True}, {"minors": MinorsRule.NOBODY}),
        ({}, {"sms": None}),
        ({}, {"virtual_visits": None}),
    ],
)
def test_who_could_not_be_texted_is_not_told_of_a_cancel(
    said: dict[str, Any], configured: dict[str, Any]
) -> None:
    """No text, no phone."""
    agreed = connection(**configured)
    booked = applied(None, incoming(**said), connection=agreed)
    cancel = incoming("S15", NOW + MINUTE, number=2, **said)
    decision = decided(booked, cancel, connection=agreed)

    assert decision.appointment is not None
    assert (decision.texts, decision.appointment.texting.phone) == ((), None)


@pytest.mark.parametrize("configured", [{"sms": None}, {"sms": SILENT}])
def test_no_phone_is_kept_for_a_notice_that_nobody_will_send(configured: dict[str, Any]) -> None:
    """Texts were switched off since the visit was booked."""
    booked = applied(None, incoming())
    cancel = incoming("S15", NOW + MINUTE, number=2)
    after = applied(booked, cancel, connection=connection(**configured))

    assert after.texting.phone is None


GUARDED, UNGUARDED = connection(minors=MinorsRule.GUARDIAN), connection(minors=MinorsRule.NOBODY)
AGE_UNKNOWN: dict[str, Any] = {"minor": None}
MINOR: dict[str, Any] = {"minor": True}


@pytest.mark.parametrize(
    ("before", "then", "phone"),
    [
        (AGE_UNKNOWN, {**MINOR, "phone": None}, None),
        (AGE_UNKNOWN, {**MINOR, "phone": OTHER_PHONE}, OTHER_PHONE),
        ({**MINOR, "phone": OTHER_PHONE}, {**MINOR, "phone": None}, OTHER_PHONE),
        ({**MINOR, "phone": OTHER_PHONE}, AGE_UNKNOWN, OTHER_PHONE),
        ({**MINOR, "phone": None}, AGE_UNKNOWN, None),
        ({**MINOR, "phone": OTHER_PHONE}, {"minor": False}, PHONE),
    ],
)
def test_a_minors_own_number_never_stands_for_the_guardians(
    before: dict[str, Any], then: dict[str, Any], phone: str | None
) -> None:
    """Whichever of the messages has the birth date, whichever has the guardian's number."""
    booked = applied(None, incoming(**before), connection=GUARDED)
    changed = incoming("S14", NOW + MINUTE, number=2, **then)
    after = applied(booked, changed, connection=GUARDED)

    assert after.texting.phone == phone


def test_a_message_without_a_birth_date_makes_nobody_older() -> None:
    """Where minors are not texted, the patient stays one until a message says otherwise."""
    booked = applied(None, incoming(**MINOR), connection=UNGUARDED)
    changed = applied(
        booked, incoming("S14", NOW + MINUTE, number=2, **AGE_UNKNOWN), connection=UNGUARDED
    )
    corrected = applied(
        changed, incoming("S14", NOW + 2 * MINUTE, number=3, minor=False), connection=UNGUARDED
    )

    assert (changed.texting.blocked, changed.texting.phone) == (MINOR_NOT_TEXTED, None)
    assert (corrected.texting.blocked, corrected.texting.phone) == (None, PHONE)


@pytest.mark.parametrize("rule", [GUARDED, UNGUARDED])
def test_who_may_be_a_minor_is_not_texted_until_a_birth_date_is_read(rule: Connection) -> None:
    """What is known stays where none is said; one that cannot be read takes it back."""
    booked = applied(None, incoming(minor=False), connection=rule)
    silent = applied(booked, incoming("S14", NOW + MINUTE, number=2, minor=None), connection=rule)
    unread = incoming(
        "S14", NOW + 2 * MINUTE, number=3, minor=None, remarks=(BIRTH_DATE_UNREADABLE,)
    )
    decision = decided(silent, unread, connection=rule)
    stopped = applied(silent, unread, connection=rule)
    again = applied(
        stopped, incoming("S14", NOW + 3 * MINUTE, number=4, minor=None), connection=rule
    )
    corrected = applied(
        again, incoming("S14", NOW + 4 * MINUTE, number=5, minor=False), connection=rule
    )

    assert (silent.texting.blocked, silent.texting.phone) == (None, PHONE)
    assert decision.problems == (BIRTH_DATE_UNREADABLE,)
    assert (stopped.texting.blocked, stopped.texting.phone) == (BIRTH_DATE_UNREADABLE, None)
    assert (again.texting.blocked, again.texting.phone) == (BIRTH_DATE_UNREADABLE, None)
    assert (corrected.texting.blocked, corrected.texting.phone) == (None, PHONE)


def test_a_no_show_is_silent_and_drops_the_phone_at_once() -> None:
    """Nobody is told that they did not come to a visit that has begun."""
    booked = applied(None, incoming())
    decision = decided(booked, incoming("S26", START, number=2))

    assert decision.appointment is not None
    assert (decision.appointment.texting.phone, decision.texts, decision.problems) == (None, (), ())


def test_another_patient_s_cancel_is_told_to_nobody() -> None:
    """Nobody knows whose visit it was."""
    booked = applied(None, incoming())
    decision = decided(booked, incoming("S15", NOW + MINUTE, number=2, patient="1-another"))

    assert decision.appointment is not None
    assert (decision.appointment.texting.phone, decision.texts) == (None, ())


@pytest.mark.parametrize(
    ("configured", "said", "blocked"),
    [
        ({"consent": CONSENT}, {"consent": "Y"}, None),
        ({"consent": CONSENT}, {"consent": "N"}, CONSENT_MISSING),
        ({"consent": CONSENT}, {"consent": None}, CONSENT_MISSING),
        ({}, {"consent": None}, None),
        ({"minors": MinorsRule.NOBODY}, {"minor": True}, MINOR_NOT_TEXTED),
        ({"minors": MinorsRule.NOBODY}, {"minor": False}, None),
        ({"minors": MinorsRule.NOBODY}, {"minor": None}, BIRTH_DATE_UNREADABLE),
        ({"minors": MinorsRule.GUARDIAN}, {"minor": None}, BIRTH_DATE_UNREADABLE),
        ({"minors": MinorsRule.GUARDIAN}, {"minor": True}, None),
        ({"minors": MinorsRule.PATIENT}, {"minor": None}, None),
        ({"minors": MinorsRule.PATIENT}, {"minor": True}, None),
    ],
)
def test_consent_and_age_decide_who_is_texted(
    configured: dict[str, Any], said: dict[str, Any], blocked: Reason | None
) -> None:
    """Where the rules forbid it no phone is kept either."""
    state = applied(None, incoming(**said), connection=connection(**configured))

    assert (blocked, None if blocked else PHONE) == (state.texting.blocked, state.texting.phone)


def test_the_confirmation_is_named_after_the_utc_day_of_its_start() -> None:
    """Late evening in Chicago is the next day."""
    late = START + timedelta(hours=11)
    decision = decided(None, incoming(start=wall(late)))
    version = applied(None, incoming()).version

    assert (TextRef(REF, version, TextKind.CONFIRMATION, 0, late.date()),) == decision.texts


def test_where_confirmations_are_off_none_is_wanted() -> None:
    """The appointment may be texted all the same."""
    silent = connection(sms=SILENT)
    decision = decided(None, incoming(), connection=silent)

    assert decision.appointment is not None
    assert (
        decision.texts,
        decision.appointment.texting.blocked,
        decision.appointment.texting.phone,
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

    assert AgendaRow(due, RETIRE_PHONE, str(REF), version) == decision.agenda[0]
    assert bool(decision.texts) == (len(decision.agenda) == 2)


def test_a_version_with_texts_is_settled_two_minutes_later() -> None:
    """That row is what a lost hint is found by."""
    now = NOW + timedelta(seconds=7)
    decision = decided(None, incoming(), now=now)
    version = str(applied(None, incoming()).version)

    assert AgendaRow(now + timedelta(minutes=2), SETTLE, str(REF), version) in decision.agenda
