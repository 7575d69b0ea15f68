"""Who is dead by PID-29 and PID-30, and which words and codes of SCH-25 cancel."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared_code.hl7.statuses import read_deceased, says_cancelled
from tests.world.connection import connection
from tests.world.messages import altered, read_sample, read_schedule_event, s12

TODAY = date(2026, 6, 1)


def _read(configured: dict[str, Any] | None = None, /, **fields: str) -> Any:
    text = altered(s12().encode(), **fields).decode()
    return read_schedule_event(text, connection(**(configured or {})))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"PID_30": "Y"}, True),
        ({"PID_30": " y "}, True),
        ({"PID_30": "YES"}, True),
        ({"PID_30": "N"}, False),
        ({"PID_30": '""'}, False),
        ({"PID_29": "20260531"}, True),
        ({"PID_29": "20260601"}, True),
        ({"PID_29": "202605310745"}, True),
        ({"PID_29": "20260531074500-0500"}, True),
        ({"PID_29": "2025"}, True),
        ({"PID_29": "202605"}, True),
        ({"PID_29": "20250000"}, True),
        ({"PID_29": '""'}, False),
        ({"PID_29": "20260602"}, None),
        ({"PID_29": "21991231"}, None),
        ({"PID_29": "20260231"}, None),
        ({"PID_29": "00000000"}, None),
        ({"PID_29": "05/31/2026"}, None),
        ({"PID_29": "UNKNOWN"}, None),
        ({"PID_29": "20260531", "PID_30": "N"}, False),
        ({"PID_29": "20260531", "PID_30": '""'}, False),
        ({"PID_29": '""', "PID_30": "Y"}, True),
        ({"PID_29": "20270101", "PID_30": "Y"}, True),
        ({"PID_29": '""', "PID_30": "N"}, False),
        ({"PID_30": "U"}, None),
    ],
)
def test_pid_30_decides_and_without_it_a_date_that_is_past(
    fields: dict[str, str], expected: bool | None
) -> None:
    """An explicit null takes back both; what cannot be read says nothing."""
    assert _read(**fields).deceased is expected


def test_a_date_of_death_is_compared_with_the_day_at_the_hospital() -> None:
    """MSH-7 in UTC is a day ahead of Chicago late in the evening, and behind Tokyo early."""
    late = {"MSH_7": "20260602030000+0000", "PID_29": "20260602"}
    early = {"MSH_7": "20260601220000+0000", "PID_29": "20260602"}

    assert _read(**late).deceased is None
    assert _read({"epic_zone": "Asia/Tokyo"}, **early).deceased is True


def test_without_the_day_of_a_message_every_date_is_past() -> None:
    """A message without any time is better believed."""
    assert read_deceased(None, "20260602", None) is True
    assert read_deceased(None, "20260602", TODAY) is None


@pytest.mark.parametrize(
    ("sch_25", "expected"),
    [
        ("", None),
        ("^^", None),
        ("1^SCH", False),
        ("3", False),
        ("Booked", False),
        ('""', False),
        ("3^CAN", True),
        ("can", True),
        ("Cancelled^Cancelled^HL70278", True),
        ("CANCELED", True),
        ("^^^3^canceled", True),
        ("5^DELETED^L", True),
        ("1&Deleted", True),
        ("1^SCH~3^CAN", True),
        ("3^Canceled by patient", True),
        ("x^ Cancelled ", True),
        ("1^CANDIDATE", False),
        ("1^UNCANCELLED", False),
        ("1^Can be moved", False),
    ],
)
def test_a_status_cancels_by_its_words(sch_25: str, expected: bool | None) -> None:
    """In any component, in small or capital letters; numbers mean nothing by themselves."""
    assert _read(SCH_25=sch_25).status_cancels is expected


@pytest.mark.parametrize(
    ("sch_25", "expected"),
    [("3", True), ("1^SCH^x", False), ("1^x^GONE", True), ("gone", True), ("33", False)],
)
def test_a_connection_lists_numbers_and_codes_that_cancel(sch_25: str, expected: bool) -> None:
    """In any component too."""
    assert _read(
        {"cancelled_statuses": frozenset({"3", "GONE"})}, SCH_25=sch_25
    ).status_cancels is (expected)


def test_no_parts_say_nothing() -> None:
    """As an empty field does."""
    assert says_cancelled((), frozenset()) is None


@pytest.mark.parametrize(
    ("sample", "field", "expected"),
    [
        ("patient-deceased", "deceased", True),
        ("patient-deceased-by-date", "deceased", True),
        ("patient-deceased-null", "deceased", False),
        ("status-cancelled-in-s12", "status_cancels", True),
        ("status-cancelled-in-s14", "status_cancels", True),
        ("status-a-number", "status_cancels", False),
        ("processing-id-empty", "processing_id", ""),
        ("processing-id-small-letter", "processing_id", "P"),
        ("visit-code-empty", "visit_codes", None),
    ],
)
def test_samples(sample: str, field: str, expected: object) -> None:
    """What the name of each says is read from the whole message."""
    assert getattr(read_sample(sample), field) == expected
