"""The texts of one day to one number: kept whole, changed only under their ETag, erased by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.errors import Conflict
from shared_code.texting.domain.number_day import NumberDay
from shared_code.texting.ports import NumberDays
from shared_code.wiring.ports import Ports
from tests.contract import examples

DAY = timedelta(days=1)


@pytest.fixture
def days(ports: Ports) -> NumberDays:
    """Return the port, in memory or in storage."""
    return ports.number_days


def test_there_is_none_at_first(days: NumberDays, mine: str) -> None:
    key = examples.number_key(mine)
    days.remove(mine, key.day)

    assert days.load(key) is None
    with pytest.raises(Conflict):
        days.replace(key, NumberDay(), 'W/"1"')


@pytest.mark.parametrize("day", [NumberDay(), examples.number_day()])
def test_a_day_is_read_as_it_was_written(days: NumberDays, mine: str, day: NumberDay) -> None:
    key = examples.number_key(mine)
    days.insert(key, day)
    found = days.load(key)

    assert found is not None
    assert found.value == day


def test_of_two_who_write_at_once_one_is_told(days: NumberDays, mine: str) -> None:
    key, first = examples.number_key(mine), NumberDay(counted=("1",))
    days.insert(key, first)
    with pytest.raises(Conflict):
        days.insert(key, first)
    stored = days.load(key)
    assert stored is not None
    days.replace(key, NumberDay(counted=("1", "2")), stored.etag)
    with pytest.raises(Conflict):
        days.replace(key, NumberDay(counted=("1", "3")), stored.etag)
    found = days.load(key)

    assert found is not None
    assert found.value.counted == ("1", "2")


def test_a_full_day_fits_into_its_row(days: NumberDays, mine: str) -> None:
    """As much as is ever kept of one."""
    key, day = examples.number_key(mine), NumberDay()
    for number in range(600):
        text = replace(examples.number_day().expected[0], mark=f"{number:016x}")
        day = day.expecting(text).counting(f"{number + 2000:016x}")
    days.insert(key, day)
    found = days.load(key)

    assert found is not None
    assert found.value == day


def test_a_day_is_erased_for_all_its_numbers_and_no_other(days: NumberDays, mine: str) -> None:
    key = examples.number_key(mine)
    keys = [replace(key, recipient=f"1-{number:032x}") for number in range(120)]
    for each in keys:
        days.insert(each, NumberDay())
    others = (replace(key, day=key.day + DAY), replace(key, connection=f"{mine}-2"))
    for each in others:
        days.insert(each, NumberDay())
    days.remove(mine, key.day)
    days.remove(mine, key.day)

    assert [each for each in keys if days.load(each)] == []
    assert [each for each in others if days.load(each) is None] == []
