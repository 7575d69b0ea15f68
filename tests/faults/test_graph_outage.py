"""Half an hour in which Graph does not answer, with 2,000 visits due, beside 100 reminders."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from local.bench import due_texts
from local.bench.due_texts import DUE, REMINDED
from local.bench.virtual import Site
from local.memory.sending import MemoryCircuitBreaker, SharedCircuit
from shared_code.connections.launch_setup import VisitSetup
from shared_code.outbound.errors import NoAnswer, Phase
from shared_code.texting.domain.text import TextKind, TextRef
from shared_code.visits.domain.plan import plan_preparation
from shared_code.visits.domain.visit import VisitState
from tests.support.figures import share
from tests.world.visiting import ORGANIZERS, booked

NAME = "lamna"
VISITS, REMINDERS = share(2_000), 100
OUTAGE = timedelta(minutes=30)
START = DUE + timedelta(minutes=30)
"""All visits are due to be prepared at DUE, when the outage begins and the reminders are due."""


class SilentGraph:
    """Graph as it is while it does not answer: each request takes all the time it is given."""

    def __init__(self, site: Site) -> None:
        self._site, self.asked = site, list[datetime]()

    def __call__(self, method: str, organizer: str) -> None:
        """Time out during the outage."""
        now = self._site.clock.now
        if now < DUE + OUTAGE:
            self.asked.append(now)
            self._site.clock.now = now + timedelta(seconds=5)
            raise NoAnswer(Phase.NO_REPLY)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("connector")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)


def _site(visits: int) -> tuple[Site, SilentGraph]:
    site = due_texts.site_of((NAME,), seed=7)
    due_texts.book(site, NAME, REMINDERS, REMINDED)
    ours, now = site.installation, site.clock.now
    (connection,) = ours.connections.all()
    holding = replace(connection, visits=VisitSetup(ORGANIZERS))
    ours.connections.connections[NAME] = holding
    for number in range(visits):
        made = booked(str(number), start=START)
        ours.appointments.insert(made)
        ours.agenda.add(plan_preparation(made, holding, DUE - OUTAGE))
    shared, graph = SharedCircuit(), SilentGraph(site)
    ours.meeting_circuits = lambda tenant, by_hint: MemoryCircuitBreaker(shared)
    ours.graph.before = graph
    site.clock.now = now
    return site, graph


def _latest(site: Site) -> float:
    """Return the seconds after DUE of the last reminder; fails if one is missing."""
    arrivals = {TextRef.parse(each.text.tag): each.at for each in site.service.arrivals}
    late = [(at - DUE).total_seconds() for ref, at in arrivals.items() if _is_reminder(ref)]
    assert len(late) == REMINDERS
    return max(late)


def _is_reminder(ref: TextRef) -> bool:
    return ref.kind is TextKind.REMINDER


def test_reminders_are_as_punctual_as_without_visits() -> None:
    """The agenda asks nothing of Graph, and hints end at once while the circuit is open."""
    alone, _ = _site(0)
    alone.until(DUE + OUTAGE)
    beside, graph = _site(VISITS)
    beside.until(DUE + OUTAGE)

    assert _latest(beside) <= _latest(alone) + 5
    assert len(graph.asked) <= 33


def test_when_graph_is_back_every_visit_gets_its_meeting() -> None:
    """One each, within minutes, although all were left waiting."""
    site, _ = _site(VISITS)
    site.until(DUE + OUTAGE + timedelta(minutes=10))

    visits = site.installation.visits.rows.values()
    assert [visit.state for visit in visits] == [VisitState.READY] * VISITS
    graph = site.installation.graph
    assert (len(graph.made), graph.asked["set_lobby"]) == (VISITS, VISITS)
