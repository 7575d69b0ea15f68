"""The storm brake: when it is pulled, and when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from local.memory.sending import FreeRateWindow
from shared_code.oversight.ports import Switch
from shared_code.texting.domain.holds import BRAKE, DISCARDED, RELEASED
from shared_code.texting.domain.reasons import STORM_BRAKE
from tests.world.clock import NOW
from tests.world.world import World

NAME = f"{BRAKE}~lamna"
DAY = timedelta(days=1)


@dataclass
class Granted(FreeRateWindow):
    """Segments by the moment they were granted."""

    moments: dict[datetime, int] = field(default_factory=dict)

    def granted(self, number: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """Those between the two moments."""
        return {"lamna": sum(n for at, n in self.moments.items() if since <= at <= until)}


def _watch(world: World, moments: dict[datetime, int]) -> int:
    world.rate = Granted(moments)
    return world.services.texting.storm_brake.watch()


@pytest.mark.parametrize(
    ("today", "yesterday", "pulled"),
    [(51, 0, 1), (50, 0, 0), (300, 600, 0), (301, 600, 1), (51, 102, 0)],
)
def test_the_brake_is_pulled_over_three_times_the_usual(
    today: int, yesterday: int, pulled: int
) -> None:
    """And over fifty in ten minutes; yesterday's hour around the same time is the usual."""
    world = World()
    moments = {NOW - timedelta(minutes=5): today, NOW - DAY: yesterday}

    assert pulled == _watch(world, moments)
    assert bool(pulled) is (world.switches.get(NAME) is not None)


def test_somebody_is_told_once() -> None:
    """A brake that is pulled already is not pulled again."""
    world = World()
    moments = {NOW: 500}
    pulled = [_watch(world, moments) for _ in range(3)]

    assert pulled == [1, 0, 0]
    assert [p.code for p in world.problem_store.rows.values()] == [STORM_BRAKE.code]


@pytest.mark.parametrize(("minutes", "pulled"), [(0, 0), (29, 0), (31, 1)])
def test_what_was_released_may_flow_off(minutes: int, pulled: int) -> None:
    """Else the next minute would hold the very same texts; after half an hour it is a new storm."""
    world = World()
    world.switches.set(Switch(f"{RELEASED}~lamna", "operator", NOW - timedelta(minutes=minutes)))

    assert _watch(world, {NOW: 500}) == pulled


def test_what_was_sent_before_a_discard_is_not_counted_again() -> None:
    """What comes after it is."""
    world = World()
    world.switches.set(Switch(f"{DISCARDED}~lamna", "operator", NOW - timedelta(minutes=2)))
    before = _watch(world, {NOW - timedelta(minutes=3): 500})
    after = _watch(world, {NOW - timedelta(minutes=1): 500})

    assert (before, after) == (0, 1)


def test_the_release_of_the_night_is_no_storm() -> None:
    """At eight in the morning everything goes that came in at night."""
    world = World()
    world.clock.now = datetime(2026, 6, 1, 13, 10, tzinfo=UTC)

    assert _watch(world, {world.clock.now: 500}) == 0
