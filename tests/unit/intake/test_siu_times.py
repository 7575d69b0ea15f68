"""The times of a message, field by field: when the visit starts, and when the message was made."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared_code.connections.domain import FieldPaths
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    DELETED,
    MESSAGE_TIME_UNREADABLE,
    START_DISAGREES,
    START_UNREADABLE,
    Deleted,
)
from shared_code.wall_clock import LocalTime
from tests.world.connection import CONNECTION, connection
from tests.world.messages import read_schedule_event, s12


def _at(*parts: int, offset: float | None = None) -> LocalTime:
    hours = None if offset is None else timedelta(hours=offset)
    return LocalTime(datetime(*parts), hours)  # type: ignore[arg-type]  # noqa: DTZ001


START = _at(2026, 6, 10, 13, 30)


def _sch(start: str, before: str = "") -> str:
    return f"1|36996||||||||{before}|^^^{start}"


@pytest.mark.parametrize(
    ("sch", "more", "start", "remarks"),
    [
        pytest.param(_sch("202606101330"), "AIS|1", START, (), id="SCH-11.4"),
        pytest.param(_sch(""), "AIS|1|||20260610133000", START, (), id="AIS-4"),
        pytest.param(_sch(""), "AIG|1|||||||202606101330", START, (), id="AIG-8"),
        pytest.param(_sch(""), "AIL|1|||||202606101330", START, (), id="AIL-6"),
        pytest.param(_sch(""), "AIP|1|||||202606101330", START, (), id="AIP-6"),
        pytest.param("1|36996|||||||||^^202606101330", "AIS|1", START, (), id="SCH-11.3"),
        pytest.param(_sch("", "^^^202606101330"), "AIS|1", START, (), id="SCH-10.4"),
        pytest.param(_sch("", "^^202606101330"), "AIS|1", START, (), id="SCH-10.3"),
        pytest.param(_sch("", "MIN"), "AIS|1", None, (), id="none"),
        pytest.param("1|36996|||||||||^^M30^", "AIS|1", None, (), id="a duration is no time"),
        pytest.param(_sch("202606101330"), "AIS|1|||20260610133000", START, (), id="agreeing"),
        pytest.param(
            _sch("202606101330"),
            "AIS|1|||202606101430",
            START,
            (START_DISAGREES,),
            id="disagreeing",
        ),
        pytest.param(
            _sch("202606101330-0500"),
            "AIS|1|||202606101430-0400",
            _at(2026, 6, 10, 13, 30, offset=-5),
            (),
            id="the same moment with other offsets",
        ),
        pytest.param(
            _sch("202606101330-0500"),
            "AIS|1|||202606101330",
            _at(2026, 6, 10, 13, 30, offset=-5),
            (),
            id="offset in one only",
        ),
        pytest.param(_sch("20260610"), "AIS|1|||202606101330", START, (), id="one is unreadable"),
        pytest.param(_sch("tomorrow"), "AIS|1", None, (), id="words are no time"),
        pytest.param(_sch('""'), "AIS|1", DELETED, (), id="null component"),
        pytest.param('1|36996|||||||||""', "AIS|1", DELETED, (), id="null field"),
        pytest.param(
            '1|36996|||||||||""', "AIS|1|||202606101330", START, (), id="null and a value"
        ),
        pytest.param(
            '1|36996|||||||||""',
            "AIS|1|||20260610",
            None,
            (START_UNREADABLE,),
            id="null, unreadable",
        ),
        pytest.param(
            _sch(""), "AIS|1|D||202606090900\rAIS|2|A||202606101330", START, (), id="deleted AIS"
        ),
        pytest.param(_sch("^^^~^^^202606101330"), "AIS|1", START, (), id="second repetition"),
    ],
)
def test_the_start(
    sch: str, more: str, start: LocalTime | Deleted | None, remarks: tuple[Reason, ...]
) -> None:
    """The first readable time in the connection's order; disagreement is remarked."""
    read = read_schedule_event(s12(sch=sch, more=more), CONNECTION)

    assert read.start == start
    assert read.remarks == remarks


def test_the_order_of_start_fields_is_the_connections() -> None:
    """A site whose TQ1 is stale says so in its paths."""
    text = s12(more="TQ1|1||||||202606090900")
    only_sch = connection(fields=FieldPaths(starts=("SCH-11.4",)))

    assert read_schedule_event(text, CONNECTION).start == _at(2026, 6, 9, 9)
    assert read_schedule_event(text, only_sch).start == START
    assert read_schedule_event(text, only_sch).remarks == ()


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("20260601101502-0500", _at(2026, 6, 1, 10, 15, 2, offset=-5)),
        ("20260601101502.1234+0000", _at(2026, 6, 1, 10, 15, 2, 123400, offset=0)),
        ("2026060110150200", _at(2026, 6, 1, 10, 15, 2)),
        ("20260601101502000000", _at(2026, 6, 1, 10, 15, 2)),
        ("20260601101502Z", _at(2026, 6, 1, 10, 15, 2, offset=0)),
        ("20260601101502-05:00", _at(2026, 6, 1, 10, 15, 2, offset=-5)),
        ("20260601", None),
        ("2026060110", _at(2026, 6, 1, 10, 0)),
        ("", None),
        ('""', None),
        ("yesterday", None),
        ("06/01/2026 10:15", None),
    ],
)
def test_the_time_a_message_was_made(field: str, expected: LocalTime | None) -> None:
    """MSH-7 with its own offset, or None and a remark."""
    text = s12().replace("|20260601101502|", f"|{field}|")

    read = read_schedule_event(text, CONNECTION)

    assert read.created == expected
    assert read.remarks == (() if expected else (MESSAGE_TIME_UNREADABLE,))
