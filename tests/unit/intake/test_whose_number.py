"""Whether a number is a guardian's or the patient's own, when the rule for minors has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.connections.domain import Connection, MinorsRule
from shared_code.texting.domain.reasons import PHONE_MISSING
from shared_code.wall_clock import LocalTime
from tests.unit.intake.test_decide_texting import (
    AGE_UNKNOWN,
    DAY,
    GUARDED,
    MINOR,
    MINUTE,
    UNGUARDED,
)
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.events import applied, incoming
from tests.world.visit import OTHER_PHONE, PHONE, WALL

LATER_START = LocalTime(WALL + DAY)
TEXTED_THEMSELVES = connection(minors=MinorsRule.PATIENT)


@pytest.mark.parametrize("booked", [MINOR, AGE_UNKNOWN, {"minor": False}])
@pytest.mark.parametrize("said", [MINOR, AGE_UNKNOWN])
def test_a_minors_own_number_does_not_outlive_the_rule_by_which_it_was_read(
    booked: dict[str, Any], said: dict[str, Any]
) -> None:
    """From when guardians are texted, a message without NK1 leaves nobody to text."""
    row = applied(None, incoming(**booked), connection=TEXTED_THEMSELVES)
    known = applied(
        row, incoming("S14", NOW + MINUTE, number=2, phone=None, **MINOR), connection=GUARDED
    )
    moved = incoming("S14", NOW + 2 * MINUTE, number=3, phone=None, start=LATER_START, **said)
    after = applied(known, moved, connection=GUARDED)

    assert (known.texting.phone, known.texting.blocked) == (None, PHONE_MISSING)
    assert (after.texting.phone, after.texting.blocked) == (None, PHONE_MISSING)


@pytest.mark.parametrize(
    ("rule", "then"),
    [(GUARDED, {"minor": False}), (TEXTED_THEMSELVES, MINOR), (TEXTED_THEMSELVES, AGE_UNKNOWN)],
)
def test_a_guardians_number_is_not_kept_where_patients_are_texted(
    rule: Connection, then: dict[str, Any]
) -> None:
    """The patient is of age at the visit's new time, or the rule has changed."""
    booked = applied(None, incoming(**MINOR, phone=OTHER_PHONE), connection=GUARDED)
    changed = incoming("S14", NOW + MINUTE, number=2, phone=None, **then)
    after = applied(booked, changed, connection=rule)

    assert (after.texting.phone, after.texting.blocked) == (None, PHONE_MISSING)


def test_nobody_knows_whose_number_a_minor_has_in_a_row_of_an_earlier_release() -> None:
    """It is not texted as a guardian's once a message asks for one."""
    booked = applied(None, incoming(**MINOR, phone=OTHER_PHONE), connection=GUARDED)
    old = replace(booked, texting=replace(booked.texting, guardians_phone=None))
    changed = incoming("S14", NOW + MINUTE, number=2, phone=None, **MINOR)

    assert applied(old, changed, connection=GUARDED).texting.phone is None


@pytest.mark.parametrize(
    ("rule", "whose", "notice"),
    [
        (TEXTED_THEMSELVES, False, True),
        (GUARDED, False, False),
        (GUARDED, True, True),
        (GUARDED, None, True),
        (UNGUARDED, False, False),
        (UNGUARDED, True, False),
    ],
)
@pytest.mark.parametrize("said", [MINOR, AGE_UNKNOWN])
def test_a_notice_goes_to_a_minors_number_where_the_rules_allow_it_now(
    rule: Connection, whose: bool | None, notice: bool, said: dict[str, Any]
) -> None:
    """Whose it is in a row of an earlier release, the rule then told."""
    booked = applied(None, incoming(**MINOR), connection=TEXTED_THEMSELVES)
    told = replace(booked, texting=replace(booked.texting, guardians_phone=whose))
    cancel = incoming("S15", NOW + MINUTE, number=2, phone=None, **said)
    after = applied(told, cancel, connection=rule)

    assert (after.texting.phone == PHONE) is notice
