"""Whose number is read from a message: the patient's, or of which guardian."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_code.connections.domain import FieldPaths, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import DELETED, PHONE_UNUSABLE, Deleted
from tests.world.connection import ENABLED, connection
from tests.world.messages import read_sample, read_schedule_event, s12

PATIENT, MOTHER, FATHER = "+16085550142", "+16085550143", "+16085550144"
UNUSABLE = (None, (PHONE_UNUSABLE,))
CHILD, ADULT = "20100101", "19800214"
AIS = "AIS|1||2950^VIDEO VISIT"
AT_MOTHERS = "NK1|2|TESTPATIENT^ANA|MTH^Mother||(608)555-0143^PRN^CP"
AT_FATHERS = "NK1|1|TESTPATIENT^LEE|FTH^Father||(608)555-0144^P^M"
FATHER_WITHOUT = "NK1|1|TESTPATIENT^LEE|FTH^Father||"
SIBLING = "NK1|1|TESTPATIENT^KIM|SIB^Sibling||(608)555-0101^PRN^CP"

type Read = tuple[str | Deleted | None, tuple[Reason, ...]]


def _read(pid_13: str, more: str = AIS, born: str = ADULT, **changes: Any) -> Read:
    pid = f"1||203711||TESTPATIENT^ALEX||{born}||||||{pid_13}||ENG"
    read = read_schedule_event(s12(pid=pid, more=more), connection(**changes))
    return read.phone, read.remarks


def _guardians(*segments: str, **changes: Any) -> Read:
    own = "(608)555-0142^PRN^CP"
    more = "\r".join((*segments, AIS))
    return _read(own, more, CHILD, minors=MinorsRule.GUARDIAN, **changes)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("", (None, ()), id="nothing said"),
        pytest.param("^^~^", (None, ()), id="nothing said in many words"),
        pytest.param('""', (DELETED, ()), id="deleted"),
        pytest.param("(608)555-0142^P^M", (PATIENT, ()), id="usable"),
        pytest.param("(608)555-0142 (wrong number)^P^M", UNUSABLE, id="refused"),
        pytest.param("(608)555-0101^P^H^^^^^^NO TEXTS~(608)555-0142^P^M", UNUSABLE, id="all"),
        pytest.param("^NET^Internet^pat@example.org", UNUSABLE, id="no phone any more"),
        pytest.param("(608)555-0142\\T\\(608)555-0143^P^M", UNUSABLE, id="an escaped delimiter"),
        pytest.param("(608)555-0142&DO NOT TEXT^P^M", UNUSABLE, id="in a subcomponent"),
        pytest.param("(608)555-0101^P^7&Home~(608)555-0142^P^1&Mobile", (PATIENT, ()), id="words"),
        pytest.param("(608)555-0142^P^M^^^^^^DO NOT\\.br\\TEXT", UNUSABLE, id="in two lines"),
    ],
)
def test_a_number_is_usable_refused_deleted_or_not_mentioned(field: str, expected: Read) -> None:
    """Three outcomes: where it is refused, a known one is not texted either."""
    assert _read(field) == expected


def test_the_settings_of_the_connection_reach_the_choice() -> None:
    both = "(608)555-0101^P^7~(608)555-0142^P^M1"

    assert _read(both, phone_mobile=frozenset({"m1"})) == (PATIENT, ())
    assert _read("(608)555-0142^WPN^PH") == UNUSABLE
    assert _read("(608)555-0142^WPN^PH", work_phones=True) == (PATIENT, ())
    assert _read("(608)555-0142 (After 5)^P^M") == UNUSABLE
    assert _read(
        "(608)555-0142 (After 5)^P^M", harmless_remarks=frozenset({"AFTER 5"})
    ) == (PATIENT, ())  # fmt: skip


def test_a_patients_number_may_not_be_the_organizations() -> None:
    """Neither the one that texts are sent from nor one that patients are told to call."""
    own = replace(ENABLED, from_number=PATIENT)

    assert _read("(608)555-0142^P^M", sms=own) == UNUSABLE
    assert _read("(608)555-0142^P^M", contact="Front desk: 608.555.0142 ext. 5") == UNUSABLE
    assert _read("(608)555-0142^P^M", contact="Front desk", sms=None) == (PATIENT, ())
    assert _read("(608)555-0100^P^M~(608)555-0142^P^H") == (PATIENT, ())


def test_a_number_that_ended_is_judged_by_the_day_of_the_message() -> None:
    """June 1, 2026."""
    ended = "(608)555-0101^P^M^^^^^^^^^^^{}~(608)555-0142^P^H"

    assert _read(ended.format("20260531")) == (PATIENT, ())
    assert _read(ended.format("20260601")) == ("+16085550101", ())


def test_a_path_with_a_component_is_a_plain_number() -> None:
    """What stands beside it is not read, unless it refuses texts."""
    plain = FieldPaths(phone="PID-13.1")

    assert _read("(608)555-0142^WPN^PH^^^^^^x", fields=plain) == (PATIENT, ())
    assert _read("(608)555-0142^PRN^PH^^^^^^DO NOT TEXT", fields=plain) == UNUSABLE


def test_one_patients_number_is_never_another_ones() -> None:
    """Of two patients nobody is texted; a site's own segments may hold one number each."""
    other = f"PID|2||203712||TESTPATIENT^KIM||{ADULT}||||||(608)555-0101^P^M\r{AIS}"
    own = f"ZPH|1|(608)555-0101^P^H\rZPH|2|(608)555-0142^P^M\r{AIS}"

    elsewhere = f"PD1|(608)555-0142^P^H\rPD1|(608)555-0101^P^M\r{AIS}"

    assert _read("(608)555-0142^P^H", other)[0] is None
    assert _read("", elsewhere, fields=FieldPaths(phone="PD1-1")) == (PATIENT, ())
    assert _read("", elsewhere, fields=FieldPaths(phone="PD1-1.1")) == (PATIENT, ())
    assert _read("", own, fields=FieldPaths(phone="ZPH-2")) == (PATIENT, ())


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        pytest.param((SIBLING, AT_MOTHERS), (MOTHER, ()), id="sibling first"),
        pytest.param((FATHER_WITHOUT, AT_MOTHERS), (MOTHER, ()), id="father without number"),
        pytest.param((AT_FATHERS, AT_MOTHERS), (FATHER, ()), id="the first of two"),
        pytest.param(
            ("NK1|1|A|FTH||555-0144^P^M", AT_MOTHERS), (MOTHER, ()), id="father unusable"
        ),
        pytest.param(
            ("NK1|1|A|FTH||(608)555-0144^P^W", AT_MOTHERS), (MOTHER, ()), id="father at work"
        ),
        pytest.param(('NK1|1|A|FTH||""', AT_MOTHERS), (MOTHER, ()), id="father deleted"),
        pytest.param(
            ("NK1|1|A|FTH||(608)555-0144^P^M^^^^^^DO NOT TEXT", AT_MOTHERS),
            (MOTHER, ()),
            id="father wants no texts",
        ),
        pytest.param(
            ("NK1|1|A|^Legal Guardian||(608)555-0143",), (MOTHER, ()), id="by word in NK1-3.2"
        ),
        pytest.param(("NK1|1|A|MOTHER||(608)555-0143",), (MOTHER, ()), id="by word in NK1-3.1"),
        pytest.param(("NK1|1|A|7^mother||(608)555-0143",), (MOTHER, ()), id="a category number"),
        pytest.param(("NK1|1|A|^^^mth||(608)555-0143",), (MOTHER, ()), id="alternate code"),
        pytest.param(
            ("NK1|1|A|PAR||(608)555-0101^P^H~(608)555-0143^P^M",), (MOTHER, ()), id="Epic's letters"
        ),
        pytest.param((SIBLING,), UNUSABLE, id="sibling alone"),
        pytest.param((SIBLING, FATHER_WITHOUT), UNUSABLE, id="no guardian with a number"),
        pytest.param(
            ("NK1|1|A|GRP^Grandparent||(608)555-0101",), UNUSABLE, id="grandparent"
        ),
        pytest.param(("NK1|1|A|SPO||(608)555-0101",), UNUSABLE, id="spouse"),
        pytest.param(("NK1|1|A|EMC||(608)555-0101",), UNUSABLE, id="emergency contact"),
        pytest.param(("NK1|1|A|||(608)555-0101",), UNUSABLE, id="no relationship"),
        pytest.param(("NK1|1|A|^Mother's friend||(608)555-0101",), UNUSABLE, id="nearly"),
        pytest.param((FATHER_WITHOUT,), (None, ()), id="nobody's number is mentioned"),
        pytest.param(('NK1|1|A|FTH||""',), (DELETED, ()), id="deleted"),
    ],
)  # fmt: skip
def test_a_minors_number_is_that_of_the_first_guardian_with_a_usable_one(
    segments: tuple[str, ...], expected: Read
) -> None:
    """By the relationship in NK1-3; never the minor's own, nor anybody else's."""
    assert _guardians(*segments) == expected


def test_who_is_a_guardian_is_the_connections() -> None:
    """By code or word, in small letters or capitals; the usual ones no longer count."""
    grandparents = frozenset({"grp"})
    segments = (AT_FATHERS, "NK1|2|A|GRP^Grandparent||(608)555-0143^P^M")

    assert _guardians(*segments, guardian_relationships=grandparents) == (MOTHER, ())
    assert _guardians(AT_FATHERS, guardian_relationships=grandparents) == UNUSABLE


@pytest.mark.parametrize(
    ("sample", "phone"),
    [
        ("phone-epic-home-first", "+16085550143"),
        ("phone-epic-work-first", "+16085550143"),
        ("phone-mobile-in-xtn-8", "+16085550143"),
        ("phone-kind-in-xtn-4", "+16085550143"),
        ("phone-country-in-letters", "+16085550144"),
        ("phone-number-beside-email", "+16085550142"),
        ("phone-wrong-number", None),
        ("phone-do-not-text", None),
        ("phone-extension", None),
        ("phone-toll-free", None),
        ("phone-organizations-own", None),
    ],
)
def test_samples_of_phones(sample: str, phone: str | None) -> None:
    """Each is named after what is odd about its PID-13."""
    read = read_sample(sample)

    assert (read.phone, read.remarks) == ((phone, ()) if phone else UNUSABLE)


def test_the_sample_of_a_child() -> None:
    """A sibling stands before the father, who has no number, and the mother."""
    read = read_sample("guardian-third", minors=MinorsRule.GUARDIAN)

    assert (read.minor, read.phone) == (True, MOTHER)


WRONG = "(608)555-0143 (wrong number)^P^M"
GOOD = "(608)555-0143^P^M"
NO_TEXTS = "(608)555-0143^P^M^^^^^^DO NOT TEXT"


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ((f"NK1|1|A|MTH||{WRONG}", f"NK1|2|B|FTH||{GOOD}"), UNUSABLE),
        ((f"NK1|1|B|FTH||{GOOD}", f"NK1|2|A|MTH||{WRONG}"), UNUSABLE),
        ((f"NK1|1|A|MTH||{NO_TEXTS}", f"NK1|2|B|FTH||{GOOD}"), UNUSABLE),
        ((f"NK1|1|A|MTH||{NO_TEXTS}", f"NK1|2||MTH||{GOOD}"), UNUSABLE),
        ((f"NK1|1|K|SIB||{WRONG}", f"NK1|2|B|FTH||{GOOD}"), UNUSABLE),
        (("NK1|1|K|SIB||^PRN^PH^^1^608^5550143^12", f"NK1|2|B|FTH||{GOOD}"), UNUSABLE),
        (("NK1|1|K|SIB||(608)555-0143^WPN^FX", f"NK1|2|B|FTH||{GOOD}"), UNUSABLE),
        ((f"NK1|1|A|MTH||{WRONG}", AT_FATHERS), (FATHER, ())),
        ((f"NK1|1|A|MTH||{WRONG}", "NK1|2|A|MTH||(608)555-0144^P^M"), (FATHER, ())),
        ((f"NK1|1|A^B|MTH||{NO_TEXTS}", "NK1|2|a^b|PAR||(608)555-0144^P^M"), UNUSABLE),
        ((f"NK1|1|A|EMC||{NO_TEXTS}", "NK1|2|A|MTH||(608)555-0144^P^M"), UNUSABLE),
        (("NK1|1|A|EMC||(608)555-0143^EMR^PH", f"NK1|2|A|MTH||{GOOD}"), (MOTHER, ())),
        (("NK1|1|K|SIB||(608)555-0143 (mom's cell)^P^M", f"NK1|2|A|MTH||{GOOD}"), (MOTHER, ())),
        (("NK1|1|K|SIB||(608)555-0143^P^W", f"NK1|2|A|MTH||{GOOD}"), (MOTHER, ())),
    ],
)
def test_a_number_that_one_segment_refuses_is_not_texted_through_another(
    segments: tuple[str, ...], expected: Read
) -> None:
    """Whose a number is refuses it nowhere else; who wants no texts is known by name."""
    assert _guardians(*segments) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("(608)555-0142^P^M^^^^^^DO NOT TEXT", UNUSABLE),
        ("^NET^Internet^^^^^^no texts", UNUSABLE),
        (WRONG, UNUSABLE),
        ("(608)555-0142 (wrong number)^P^M", (MOTHER, ())),
        ("(608)555-0143 (mom)^P^M", (MOTHER, ())),
        ("(608)555-0143^P^M", (MOTHER, ())),
    ],
)
def test_what_a_minors_own_field_refuses_is_refused_for_guardians(own: str, expected: Read) -> None:
    """No texts about the patient, or a number that is wrong there."""
    guardian = f"{AT_MOTHERS}\r{AIS}"

    assert _read(own, guardian, CHILD, minors=MinorsRule.GUARDIAN) == expected
    assert _read(own, AIS, CHILD, minors=MinorsRule.GUARDIAN)[0] is None


def test_blanks_around_a_relationship_make_no_difference() -> None:
    padded = "NK1|1|A| MTH ^ Legal  Guardian ||(608)555-0143^P^M"

    assert _guardians(padded) == (MOTHER, ())
    assert _guardians(padded, guardian_relationships=frozenset({"Legal Guardian"})) == (MOTHER, ())


@pytest.mark.parametrize(
    ("business", "expected"),
    [
        ("(608)555-0103^WPN^PH^^^^^^DO NOT TEXT", None),
        ("(608)555-0142 (wrong number)^WPN", None),
        ("(608)555-0103^WPN^PH", "+16085550142"),
        ("(608)555-0103 (wrong number)^WPN", "+16085550142"),
        ("", "+16085550142"),
    ],
)
def test_what_stands_in_pid_14_is_heard(business: str, expected: str | None) -> None:
    """A refusal there counts as one in PID-13; its number is never texted."""
    fields = f"PID|1||203711^^^LAMNA^MRN||||||||||(608)555-0142^P^M|{business}"
    pid = next(line for line in s12().split("\r") if line.startswith("PID"))
    read = read_schedule_event(s12().replace(pid, fields), connection())

    assert read.phone == expected
    assert read.remarks == (() if expected else (PHONE_UNUSABLE,))
