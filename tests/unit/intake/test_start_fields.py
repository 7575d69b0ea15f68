"""Which of all the times in a message is the start, and which of them contradict it."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import pytest

from shared_code.connections.domain import FieldPaths, TimesOf
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    DELETED,
    START_DISAGREES,
    START_UNREADABLE,
    Deleted,
    ScheduleEvent,
)
from shared_code.wall_clock import LocalTime
from tests.world.connection import connection
from tests.world.messages import read_schedule_event, s12

CODE = "2950^VIDEO VISIT"
DISAGREES, UNREADABLE = (START_DISAGREES,), (START_UNREADABLE,)


def _at(day: int, hour: int, minute: int, second: int = 0) -> LocalTime:
    return LocalTime(datetime(2026, 6, day, hour, minute, second))  # noqa: DTZ001 - a wall clock


START = _at(10, 13, 30)


def _read(start: str, *more: str, kind: str = "S12", length: str = "30", **changes: Any) -> Any:
    sch = f"1|36996|||||||{length}|MIN|^^^{start}"
    text = s12(sch=sch, more="\r".join(more or (f"AIS|1||{CODE}",)), kind=f"SIU^{kind}")
    read = read_schedule_event(text, connection(**changes))
    assert isinstance(read, ScheduleEvent)
    return read.start, read.remarks


@pytest.mark.parametrize(
    ("more", "start", "remarks"),
    [
        pytest.param([f"AIS|1||{CODE}|202606101345|15|min"], START, (), id="AIS minutes"),
        pytest.param([f"AIS|1||{CODE}|202606101345|900|S"], START, (), id="AIS seconds"),
        pytest.param([f"AIS|1||{CODE}|202606101345|15"], START, (), id="AIS without unit"),
        pytest.param([f"AIS|1||{CODE}|202606101345|0.25|hr"], START, (), id="AIS hours"),
        pytest.param([f"AIS|1||{CODE}|202606101315|-15|MIN"], START, (), id="AIS before"),
        pytest.param([f"AIS|1||{CODE}|202606101330|0|"], START, (), id="AIS zero"),
        pytest.param([f'AIS|1||{CODE}|202606101330|""|""'], START, (), id="AIS null offset"),
        pytest.param([f"AIS|1||{CODE}|202606101345|900"], None, UNREADABLE, id="900 of what"),
        pytest.param([f"AIS|1||{CODE}|202606101345|15|WK"], None, UNREADABLE, id="no known unit"),
        pytest.param(["AIG|1|||||||202606101345|15|min"], START, (), id="AIG"),
        pytest.param(["AIL|1|||||202606101345|15|min"], START, (), id="AIL"),
        pytest.param(["AIP|1|||||202606101345|900|s^second"], START, (), id="AIP"),
        pytest.param(
            [f"AIS|1||{CODE}|202606101345", f"AIS|2||{CODE}|202606101330"],
            START,
            DISAGREES,
            id="two AIS, the later first",
        ),
        pytest.param(
            [f"AIS|1||{CODE}|202606101400|30|min", f"AIS|2||{CODE}|202606101345|15|min"],
            START,
            (),
            id="two AIS of one start",
        ),
        pytest.param(
            [f"AIS|1|D|{CODE}|202606101300", f"AIS|2||{CODE}|202606101330"],
            START,
            (),
            id="the earlier one is taken away",
        ),
        pytest.param(
            [f"AIS|1||{CODE}|202606101345", "AIP|1|||||202606101330"],
            START,
            DISAGREES,
            id="the clinician is needed earlier",
        ),
        pytest.param(
            [f"AIS|1||{CODE}|202606101330", "AIL|1|||||202606080900"],
            START,
            DISAGREES,
            id="the room is stale",
        ),
        pytest.param(
            [f"AIS|1||{CODE}|202606171330", f"AIS|2||{CODE}|202606101330"],
            START,
            DISAGREES,
            id="two AIS, weeks apart",
        ),
        pytest.param(
            [f"AIS|1||{CODE}|20260610", f"AIS|2||{CODE}|202606101330"],
            START,
            (),
            id="one is no time",
        ),
    ],
)
def test_resources_alone(
    more: list[str], start: LocalTime | None, remarks: tuple[Reason, ...]
) -> None:
    """Less their offsets, the earliest of them is the start; if they differ, somebody looks."""
    assert _read("", *more) == (start, remarks)


@pytest.mark.parametrize(
    ("more", "remarks"),
    [
        pytest.param(["AIG|1|||||||202606101345"], (), id="AIG within the visit"),
        pytest.param([f"AIS|1||{CODE}|202606101345|900|S"], (), id="AIS less its offset"),
        pytest.param([f"AIS|1||{CODE}|202606101315|-15|MIN"], (), id="before, less its offset"),
        pytest.param([f"AIS|1||{CODE}|202606101430|60|MIN"], (), id="after, less its offset"),
        pytest.param([f"AIS|1||{CODE}|202606101330|15|MIN"], (), id="at the start all the same"),
        pytest.param([f"AIS|1||{CODE}|202606101345|900"], (), id="within, offset unreadable"),
        pytest.param(["AIL|1|||||202606101330", "AIP|1|||||202606101359"], (), id="to the end"),
        pytest.param(["AIP|1|||||202606101400"], DISAGREES, id="after the end"),
        pytest.param(["AIL|1|||||202606101315"], DISAGREES, id="before the start"),
        pytest.param(["AIP|1|||||202606111345"], DISAGREES, id="the next day"),
        pytest.param([f"AIS|1||{CODE}|202606101430|15|MIN"], DISAGREES, id="less too little"),
        pytest.param(["TQ1|1||||||202606101330"], (), id="TQ1 alike"),
        pytest.param(["TQ1|1||||||20260610133000.00"], (), id="TQ1 alike, written otherwise"),
        pytest.param(["TQ1|1||||||202606101330-0500"], (), id="TQ1 alike, with an offset"),
    ],
)
def test_resources_beside_the_start(more: list[str], remarks: tuple[Reason, ...]) -> None:
    """A resource may be needed later in the visit, not before it and not after it."""
    start, about = _read("202606101330", f"AIS|9||{CODE}", *more)

    assert (start.wall, about) == (START.wall, remarks)


@pytest.mark.parametrize(
    "other", ["202606101345", "202606101331", "20260610133001", "202606091330"]
)
def test_start_fields_of_the_visit_itself_are_compared_strictly(other: str) -> None:
    """TQ1 fifteen minutes after SCH is another start."""
    _, remarks = _read("202606101330", f"AIS|1||{CODE}", f"TQ1|1||||||{other}")

    assert remarks == DISAGREES


@pytest.mark.parametrize(
    ("length", "remarks"), [("15", DISAGREES), ("16", ()), ("", ()), ("0", ())]
)
def test_within_means_the_length_of_the_visit(length: str, remarks: tuple[Reason, ...]) -> None:
    """An hour where none is said."""
    assert _read("202606101330", "AIG|1|||||||202606101345", length=length)[1] == remarks


@pytest.mark.parametrize(
    ("start", "more", "expected"),
    [
        ("202606100000", [], (DELETED, ())),
        ("20260610000000.0000", [], (DELETED, ())),
        ("202606100000-0500", [], (DELETED, ())),
        ("202606100500Z", [], (DELETED, ())),
        ("", [f"AIS|1||{CODE}|202606100000"], (DELETED, ())),
        ("", [f"AIS|1||{CODE}|202606100000|900|S"], (DELETED, ())),
        ("", ["TQ1|1||||||20260610000000"], (DELETED, ())),
        ("202606100000", [f"AIS|1||{CODE}|202606101330"], (START, ())),
        ("202606110000", [f"AIS|1||{CODE}|202606101330"], (START, DISAGREES)),
        ("202606101330", ["TQ1|1||||||202606100000"], (START, ())),
        ("202606100001", [], (_at(10, 0, 1), ())),
    ],
)
def test_midnight_is_a_day_without_a_time(start: str, more: list[str], expected: object) -> None:
    """On the clock of the visits; another field may still have the time."""
    assert _read(start, *more) == expected


def test_visits_at_midnight_are_real_where_the_connection_says_so() -> None:
    assert _read("202606100000", midnight_visits=True) == (_at(10, 0, 0), ())


@pytest.mark.parametrize("start", ["202606100000", '""', "20260610", "tomorrow"])
@pytest.mark.parametrize("kind", ["S15", "S16", "S17"])
def test_a_cancellation_without_a_start_is_of_the_one_that_is_known(kind: str, start: str) -> None:
    """Else nobody could be told of it."""
    assert _read(start, kind=kind) == (None, ())


def test_midnight_is_judged_on_the_clock_of_the_department() -> None:
    """Eleven in the evening in Chicago is midnight in New York."""
    zones = {"NY": "America/New_York"}
    text = s12(sch="1|1|||||||||^^^202606100400Z", more=f"PV1|1|O|NY\rAIS|1||{CODE}")
    there = connection(times_of=TimesOf.DEPARTMENT, display_zones=zones)

    starts: list[LocalTime | Deleted | None] = [
        read_schedule_event(text, each).start for each in (there, connection())
    ]
    assert starts == [DELETED, LocalTime(_at(10, 4, 0).wall, timedelta())]


def test_a_site_that_trusts_a_resource_most_has_its_start_compared() -> None:
    """The order of the paths decides; SCH is compared strictly then too."""
    trusting: dict[str, Any] = {"fields": FieldPaths(starts=("AIS-4", "SCH-11.4"))}

    assert _read("202606101330", f"AIS|1||{CODE}|202606101345|15|MIN", **trusting) == (START, ())
    assert _read("202606101330", f"AIS|1||{CODE}|202606101345", **trusting) == (
        _at(10, 13, 45),
        DISAGREES,
    )


def test_thousands_of_times_take_no_time() -> None:
    """No visit has as many; those that are compared are enough to say that they differ."""
    begun = perf_counter()
    many = "~".join(["202606101345"] * 49 + ["202606101330"])
    start, remarks = _read("", *[f"AIS|{n}||{CODE}|{many}|15|MIN" for n in range(490)])
    taken = perf_counter() - begun

    assert (start, remarks) == (_at(10, 13, 15), DISAGREES)
    assert taken < 2  # comparing all of them takes four


@pytest.mark.parametrize(
    ("start", "other"),
    [
        ("202606101330", "202606101830Z"),
        ("202606101830+0000", "202606101330"),
        ("202606101830Z", "202606101330-0500"),
        ("202606101430-0400", "202606101330"),
    ],
)
def test_of_two_fields_that_agree_the_plain_one_is_read(start: str, other: str) -> None:
    """Nobody has to look at an offset that the other field bears out."""
    read, remarks = _read(start, f"TQ1|1||||||{other}", f"AIS|1||{CODE}")

    assert isinstance(read, LocalTime)
    assert (read.wall, remarks) == (START.wall, ())


@pytest.mark.parametrize("other", ["202606101730Z", "202606101330Z", "202606101330-0600"])
def test_another_moment_disagrees_whatever_its_offset(other: str) -> None:
    assert _read("202606101330", f"TQ1|1||||||{other}")[1] == DISAGREES


def test_an_offset_that_no_field_bears_out_stays() -> None:
    """A person should look at it."""
    read, remarks = _read("202606101830Z", "TQ1|1||||||202606101830Z", f"AIS|1||{CODE}")

    assert (read, remarks) == (LocalTime(_at(10, 18, 30).wall, timedelta(0)), ())
