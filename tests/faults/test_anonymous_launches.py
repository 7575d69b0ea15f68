"""
10,000 launches within ten minutes that nobody finishes, 100,000 in `make soak`, and what they cost
those who wait.

Anybody can start a launch: the address of an Epic is no secret. What is left of them is due to be
erased in the very minute in which 100 reminders are due.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from local.bench import due_texts
from local.bench.due_texts import DUE, REMINDED
from local.bench.virtual import Site
from local.memory.launching import MemoryLaunches
from shared_code.launching.domain.launch import Door
from shared_code.launching.domain.outcomes import GoTo, Refusal
from shared_code.launching.flows.buckets import MOST_AT_ONCE, RETIRE_LAUNCHES
from shared_code.launching.flows.start import LaunchRequest, StartLaunch
from shared_code.texting.domain.text import TextKind, TextRef
from tests.support.figures import share
from tests.world.connection import EPIC, VISITS

NAME = "lamna"
LAUNCHES, REMINDERS = share(100_000), 100
WITHIN = timedelta(minutes=9, seconds=59)
BEGAN = DUE - timedelta(minutes=30)
"""Ten minutes of launches, ten in which they may be finished, and ten more: then it is DUE."""
TRANSACTION = timedelta(milliseconds=200)
"""Time to erase a hundred rows."""
KNOWN, UNKNOWN = EPIC.base_url, "https://nobody.example/api/FHIR/R4/"


class SlowlyErased(MemoryLaunches):
    """Launches whose erasing takes its time."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self.portions: list[int] = []

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to `most` rows, a hundred in each transaction."""
        before = len(self.launches.values())
        done = super().erase(bucket, most)
        self.portions.append(before - len(self.launches.values()))
        self._site.clock.now += TRANSACTION * math.ceil(self.portions[-1] / 100)
        return done


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("connector")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)


def _site() -> tuple[Site, SlowlyErased]:
    site = due_texts.site_of((NAME,), seed=9)
    due_texts.book(site, NAME, REMINDERS, REMINDED)
    ours, kept = site.installation, SlowlyErased(site)
    (connection,) = ours.connections.all()
    ours.connections.connections[NAME] = replace(connection, epic=EPIC, visits=VISITS)
    ours.launches = ours.line.through("launches", kept)
    return site, kept


def _flood(site: Site, iss: str, launches: int) -> Counter[type]:
    """Start that many launches within ten minutes; return what they were answered."""
    start: StartLaunch = site.installation.services.launching.start
    request = LaunchRequest(Door.PATIENT, "", f"/launch/patient?iss={quote(iss)}&launch=L1")
    answers: Counter[type] = Counter()
    now = site.clock.now
    for number in range(launches):
        site.clock.now = BEGAN + WITHIN * number / launches
        answers[type(start.start(request))] += 1
    site.clock.now = now
    site.installation.line.calls.clear()
    return answers


def _late(site: Site) -> list[float]:
    """Return how late each reminder came, in seconds."""
    site.until(DUE + timedelta(minutes=70))
    arrived = {TextRef.parse(each.text.tag): each.at for each in site.service.arrivals}
    reminders = [at for ref, at in arrived.items() if ref.kind is TextKind.REMINDER]
    return sorted((at - DUE).total_seconds() for at in reminders)


def test_anonymous_launches_leave_reminders_punctual() -> None:
    """One agenda row, erased in portions each minute beside the texts; in the end none is left."""
    alone = _late(_site()[0])
    site, kept = _site()
    answers = _flood(site, KNOWN, LAUNCHES)
    planned = [row for row in site.installation.agenda.rows.values() if row.duty == RETIRE_LAUNCHES]
    late = _late(site)

    assert answers == {GoTo: LAUNCHES}
    assert len(planned) == 1
    assert len(late) == len(alone) == REMINDERS
    assert late[98] <= 60
    assert late[98] <= alone[98] + 5
    assert set(kept.portions) == {MOST_AT_ONCE}
    assert kept.launches.values() == []
    assert RETIRE_LAUNCHES not in {row.duty for row in site.installation.agenda.rows.values()}


def test_launches_of_an_unknown_epic_leave_nothing() -> None:
    """No row, no agenda row, no problem: nothing grows."""
    site, kept = _site()
    before = len(site.installation.agenda.rows.values())

    assert _flood(site, UNKNOWN, 1_000) == {Refusal: 1_000}
    assert kept.launches.values() == []
    assert len(site.installation.agenda.rows.values()) == before
    assert site.installation.problem_store.rows.values() == []
