"""Whether a message carries the patient's consent, whether he is of age, and whose phone counts."""

from __future__ import annotations

from typing import Any

import pytest

from shared_code.connections.domain import ConsentRule, FieldPaths, MinorsRule
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    DELETED,
    PHONE_UNUSABLE,
    Deleted,
    ScheduleEvent,
)
from tests.world.connection import connection
from tests.world.messages import read_sample, read_schedule_event, s12

PATIENT, MOTHER = "+16085550142", "+16085550143"
CONSENT = ConsentRule("ZCN-2.1", frozenset({"Y"}))
AIS = "AIS|1||2950^VIDEO VISIT"
CHILD, ADULT = "20100101", "19800214"
NK1 = "NK1|1|TESTPATIENT^ANA|MTH||(608)555-0143^PRN^CP"


def _read(
    pid_7: str = "", more: str = AIS, start: str = "202606101330", **changes: Any
) -> ScheduleEvent:
    pid = f"1||203711||TESTPATIENT^ALEX||{pid_7}||||||(608)555-0142^PRN^CP||ENG"
    text = s12(pid=pid, more=more, sch=f"1|36996|||||||30|MIN|^^^{start}")
    return read_schedule_event(text, connection(**changes))


def _minor(pid_7: str, **more: Any) -> bool | None:
    return _read(pid_7, **more).minor


def _phone_of_child(rule: MinorsRule, more: str = f"{NK1}\r{AIS}", **changes: Any) -> Any:
    read = _read(CHILD, more, minors=rule, **changes)
    assert read.minor is True
    return read.phone, read.remarks


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ("ZCN|1|Y^YES", "Y"),
        ("ZCN|1| Y ", "Y"),
        ("ZCN|1|N^NO", "N"),
        ("ZCN|1|anything", "anything"),
        ("ZCN|1|Y~N", "Y"),
        ("ZCN|1|N\rZCN|2|Y", "N"),
        ("ZCN|1|", None),
        ("ZCN|1|^YES", None),
        ('ZCN|1|""', DELETED),
        ("ZCN|1", None),
        ("ZZZ|1|Y", None),
    ],
)
def test_consent_is_the_first_value_at_its_path(
    segments: str, expected: str | Deleted | None
) -> None:
    """Nothing said and the explicit null are told apart; which values mean it is decided later."""
    assert _read(more=f"{AIS}\r{segments}", consent=CONSENT).consent == expected


def test_without_a_rule_consent_is_not_read() -> None:
    """There is no path to look at."""
    assert _read(more=f"{AIS}\rZCN|1|Y").consent is None


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("20080609", False),
        ("20080610", False),  # the birthday itself
        ("20080611", True),
        ("20080610235900", False),
        ("20080611000000-0500", True),
        ("20301231", True),
        ("19000101", False),
    ],
)
def test_majority_is_reached_on_the_day_of_the_visit(born: str, expected: bool) -> None:
    """The message of June 1 speaks of a visit on June 10."""
    assert _minor(born) is expected


@pytest.mark.parametrize(
    "born",
    [
        *("", '""', "201", "20100015", "2010010", "201001011", "20100230", "20101301", "00000101"),
        *(
            "01/01/2010",
            "2010-01-01",
            "ten",
            "\uff12\uff10\uff11\uff10\uff10\uff11\uff10\uff11",
            "9" * 600,
        ),
    ],
)
def test_a_birth_date_that_is_no_date_says_nothing(born: str) -> None:
    """Unknown is neither of age nor under age."""
    assert _minor(born) is None


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("2014", True),
        ("201402", True),
        ("20140200", True),
        ("20140000", True),
        ("2008", True),  # nobody knows that it was not in December
        ("20080000", True),
        ("200806", True),  # June 30
        ("20080600000000", True),
        ("200805", False),
        ("20080500", False),
        ("2007", False),
        ("2007000000", False),
    ],
)
def test_a_birth_date_in_part_is_judged_by_the_youngest_age(born: str, expected: bool) -> None:
    """On June 10, 2026, eighteen is who was born by June 10, 2008."""
    read = _read(born, minors=MinorsRule.GUARDIAN)

    assert read.minor is expected
    assert BIRTH_DATE_UNREADABLE not in read.remarks


@pytest.mark.parametrize(
    ("trigger", "pid_7", "remarked"),
    [
        ("S12", "", True),
        ("S13", "", True),
        ("S14", "", False),
        ("S15", "", False),
        ("S14", '""', True),
        ("S14", "20141301", True),
        ("S12", "02/03/2014", True),
        ("S12", "unknown", True),
        ("S12", "00000000", True),
        ("S12", ADULT, False),
        ("S14", "2014", False),
    ],
)
def test_what_is_no_birth_date_is_remarked_where_ages_matter(
    trigger: str, pid_7: str, remarked: bool
) -> None:
    """A booking has to carry one; left out of a later message it is as it was."""
    pid = f"1||203711||TESTPATIENT^ALEX||{pid_7}||||||(608)555-0142^PRN^CP"
    text = s12(pid=pid, kind=f"SIU^{trigger}", more=f"{NK1}\r{AIS}")

    for rule in (MinorsRule.GUARDIAN, MinorsRule.NOBODY):
        remarks = read_schedule_event(text, connection(minors=rule)).remarks
        assert (BIRTH_DATE_UNREADABLE in remarks) is remarked
    assert read_schedule_event(text, connection()).remarks == ()


def test_a_message_without_patient_says_nothing_of_the_birth_date() -> None:
    """A reschedule without PID leaves what is known."""
    assert read_sample("pid-missing", minors=MinorsRule.GUARDIAN).remarks == ()


@pytest.mark.parametrize("born", [f" {CHILD} ", f"{CHILD}^DT", f"{CHILD}&x", f"{CHILD}~{ADULT}"])
def test_blanks_parts_and_repetitions_do_not_matter(born: str) -> None:
    """The first of all is read."""
    assert _minor(born) is True


@pytest.mark.parametrize("start", ["", '""', "20260610"])
def test_without_a_start_the_day_of_the_message_counts(start: str) -> None:
    """June 1, 2026."""
    assert _minor("20080601", start=start) is False
    assert _minor("20080602", start=start) is True


def test_without_any_day_nothing_is_known() -> None:
    """Neither a start nor a readable MSH-7."""
    text = s12(pid=f"1||203711||TESTPATIENT^ALEX||{CHILD}", sch="1|36996")
    undated = text.replace("20260601101502", "")
    assert read_schedule_event(undated, connection()).minor is None


def test_who_was_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    """2026 has no February 29."""
    assert _minor("20080229", start="202602281330") is True
    assert _minor("20080229", start="202603011330") is False


@pytest.mark.parametrize(("age", "expected"), [(1, False), (16, False), (17, True), (21, True)])
def test_the_age_of_majority_is_the_connections(age: int, expected: bool) -> None:
    """Sixteen years old on June 10."""
    assert _minor(CHILD, age_of_majority=age) is expected


def test_the_birth_date_may_stand_elsewhere() -> None:
    """By the connection's path."""
    more = f"{AIS}\rZPT|1|x^{CHILD}"
    assert _minor(ADULT, more=more, fields=FieldPaths(birth_date="ZPT-2.2")) is True


def test_a_minors_own_phone_is_texted_where_the_rule_says_patient() -> None:
    """As for everybody else."""
    assert _phone_of_child(MinorsRule.PATIENT) == (PATIENT, ())


def test_nobody_is_texted_for_a_minor_where_the_rule_says_so() -> None:
    """No phone of anybody is kept."""
    assert _phone_of_child(MinorsRule.NOBODY) == (None, ())


@pytest.mark.parametrize(
    ("nk1", "expected"),
    [
        ("(608)555-0143^PRN^CP", (MOTHER, ())),
        ("(608)555-0101^ORN^PH~(608)555-0143^PRN^CP", (MOTHER, ())),
        ("+44 20 7946 0958", (None, (PHONE_UNUSABLE,))),
        ("555-0143", (None, (PHONE_UNUSABLE,))),
        ('""', (DELETED, ())),
        ("", (None, ())),
    ],
)
def test_the_guardians_phone_takes_the_place_of_the_minors(nk1: str, expected: object) -> None:
    """By the same rules; the minor's own is never fallen back on."""
    more = f"NK1|1|TESTPATIENT^ANA|MTH||{nk1}\r{AIS}"
    assert expected == _phone_of_child(MinorsRule.GUARDIAN, more)


def test_a_minor_without_guardian_has_no_phone() -> None:
    """There is no such segment."""
    assert _phone_of_child(MinorsRule.GUARDIAN, AIS) == (None, ())


def test_the_guardians_phone_may_stand_elsewhere() -> None:
    """By the connection's path, with a component as well."""
    found = _phone_of_child(
        MinorsRule.GUARDIAN,
        f"{AIS}\rZGD|1|x^608-555-0143",
        fields=FieldPaths(guardian_phone="ZGD-2.2"),
    )
    assert found == (MOTHER, ())


@pytest.mark.parametrize("rule", MinorsRule)
@pytest.mark.parametrize("born", [ADULT, "", "20101301"])
def test_who_is_not_known_to_be_a_minor_has_his_own_phone(rule: MinorsRule, born: str) -> None:
    """Whether unknown ages are texted is decided later."""
    assert _read(born, f"{NK1}\r{AIS}", minors=rule).phone == PATIENT


def test_the_birth_date_leaves_the_reader_nowhere() -> None:
    """Only whether the patient is of age."""
    for name in ("SIU-S12-1000241", "SIU-S14-1000242"):
        told = repr(read_sample(name, minors=MinorsRule.GUARDIAN))
        assert "minor=False" in told
        assert not any(spelling in told for spelling in ("19800214", "1980, 2, 14", "1980-02-14"))
