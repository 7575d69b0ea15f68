"""An operator asks for the numbers of some days."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared_code.operating.domain import OPERATOR
from shared_code.operating.flows.json_door import Answer
from shared_code.texting.domain.metrics import Combination, Metric, Shard
from shared_code.texting.domain.tally import Addition
from tests.world.clock import NOW
from tests.world.world import World

TODAY = NOW.date()
HERE = Combination("confirmation", "10501101", "US", "es")
OTHERS = {
    "kind": "reminder",
    "department": "10501102",
    "country": "PR",
    "language": "ko",
    "reason": "pause",
}
ZEROS = {metric.value: 0 for metric in Metric}


def _ask(world: World, **arguments: object) -> tuple[int, Answer]:
    body = json.dumps(arguments).encode()
    return world.services.operating.json_door.run("metrics", body, OPERATOR)


def _world(*days: date) -> World:
    """A text was sent on each of the days."""
    world = World()
    for day in days:
        numbers = {Metric.DUE: 2, Metric.SENT: 1}
        world.counts.add(Shard("lamna", day, "0"), Addition(HERE, numbers, NOW), lambda: None)
    return world


def test_without_days_it_is_today() -> None:
    """All names are there, also on a day on which nothing happened."""
    quiet, busy = _ask(World(), connection="lamna"), _ask(_world(TODAY), connection="lamna")

    assert list(ZEROS) == ["due", "sent", "missed", "unknown", "held"] + [
        "not_sent",
        "not_texted",
        "delivered",
        "failed",
    ]
    assert quiet == (
        200,
        {"connection": "lamna", "days": [{"day": "2026-06-01", **ZEROS}]},
    )
    assert busy[1]["days"] == [{"day": "2026-06-01", **ZEROS, "due": 2, "sent": 1}]


def test_every_day_of_a_range_is_answered() -> None:
    """Its first and its last as well, in their order, and none beside them."""
    days = [TODAY + timedelta(days=number) for number in (-4, -3, -1, 0)]
    status, answer = _ask(
        _world(*days), connection="lamna", to="2026-05-31", **{"from": "2026-05-29"}
    )

    assert (status, answer["days"]) == (
        200,
        [
            {"day": "2026-05-29", **ZEROS, "due": 2, "sent": 1},
            {"day": "2026-05-30", **ZEROS},
            {"day": "2026-05-31", **ZEROS, "due": 2, "sent": 1},
        ],
    )


def test_a_quarter_of_a_year_is_answered_at_once() -> None:
    """Ninety-two days and no more."""
    first = (TODAY - timedelta(days=91)).isoformat()
    before = (TODAY - timedelta(days=92)).isoformat()

    assert _ask(World(), connection="lamna", **{"from": first})[0] == 200
    assert _ask(World(), connection="lamna", **{"from": before})[0] == 400


def _counted(world: World, number: int, day: date = TODAY, **names: str) -> None:
    """So many texts were sent under that combination."""
    place = replace(HERE, **names)
    world.counts.add(
        Shard("lamna", day, "0"), Addition(place, {Metric.SENT: number}, NOW), lambda: None
    )


def _groups(world: World, by: str, **arguments: object) -> dict[str, object]:
    """What was sent, by the field."""
    status, answer = _ask(world, connection="lamna", by=by, **arguments)
    assert status == 200
    groups = answer["groups"]
    assert isinstance(groups, list)
    return {each[by]: each["sent"] for each in groups}


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("kind", ["confirmation", "reminder"]),
        ("department", ["10501101", "10501102"]),
        ("country", ["PR", "US"]),
        ("language", ["es", "ko"]),
        ("reason", ["", "pause"]),
    ],
)
def test_numbers_are_shown_by_each_field(by: str, names: list[str]) -> None:
    """Of the whole time; the sums of the days stand beside them."""
    world = World()
    _counted(world, 5)
    _counted(world, 7, TODAY - timedelta(days=1))
    _counted(world, 6, TODAY, **{by: OTHERS[by]})
    found = _groups(world, by, **{"from": "2026-05-31"})

    assert sorted(found) == names
    assert sorted(str(number) for number in found.values()) == ["12", "6"]


def test_a_small_number_is_shown_in_its_department_alone() -> None:
    """Nor is one shown from which it could be worked out; the sum of a day always is."""
    world = World()
    for department, number in {"a": 4, "b": 5, "c": 60, "d": 0}.items():
        _counted(world, number, department=department)
    _, answer = _ask(world, connection="lamna", by="department")

    assert _groups(world, "department") == {"a": None, "b": None, "c": 60, "d": 0}
    assert _groups(world, "department", department="a") == {"a": 4}
    assert answer["days"] == [{"day": "2026-06-01", **ZEROS, "sent": 69}]
    _, own = _ask(world, connection="lamna", department="a")
    assert own == {
        "connection": "lamna",
        "department": "a",
        "days": [{"day": "2026-06-01", **ZEROS, "sent": 4}],
    }


def test_what_has_no_department_can_be_asked_for() -> None:
    """It stands under an empty name."""
    world = World()
    _counted(world, 4, department="")
    _counted(world, 3, department="a")

    _, answer = _ask(world, connection="lamna", department="")
    assert answer["days"] == [{"day": "2026-06-01", **ZEROS, "sent": 4}]


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([1, 2, 9, 10], [None, None, None, 10]),
        ([1, 1, 20], [None, None, None]),
        ([3, 4, 4, 20], [None, None, None, 20]),
        ([4, 9, 10], [None, None, 10]),
        ([4], [None]),
        ([4, 0], [None, 0]),
        ([5, 6], [5, 6]),
    ],
)
def test_which_numbers_are_hidden(numbers: list[int], shown: list[int | None]) -> None:
    """
    Every one under five, at least two where there are two, and more while their sum would tell.
    """
    world = World()
    for place, number in enumerate(numbers):
        _counted(world, number, reason=f"r{place}")

    assert list(_groups(world, "reason").values()) == shown


@pytest.mark.parametrize(
    "arguments", [{"by": "phone"}, {"by": ""}, {"department": 5}, {"by": None}]
)
def test_numbers_by_anything_else_are_malformed(arguments: dict[str, object]) -> None:
    """There is no such field."""
    status, answer = _ask(World(), connection="lamna", **arguments)

    assert (status, answer["code"]) == (400, "request_malformed")


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2026-06-02"},
        {"to": "2026-05-31"},
        {"from": "yesterday"},
        {"from": "20260601"},
        {"from": "2026-W23-1"},
        {"from": "2026-06-31"},
        {"from": "2026-06-01T00:00"},
        {"from": "２026-06-01"},
        {"to": ""},
        {"to": 20260601},
        {"to": None},
        {"from": ["2026-06-01"]},
    ],
)
def test_days_that_are_none_or_run_backwards_are_malformed(days: dict[str, object]) -> None:
    """What one could misread is not guessed."""
    status, answer = _ask(World(), connection="lamna", **days)

    assert (status, answer["code"]) == (400, "request_malformed")


def test_only_of_a_connection_that_there_is() -> None:
    """Its numbers are its own, and nothing is written in the audit log for looking."""
    world = _world(TODAY)
    status, answer = _ask(world, connection="another")

    assert (status, answer["code"]) == (404, "connection_unknown")
    assert _ask(world)[0] == 400
    assert world.audit.entries == []
