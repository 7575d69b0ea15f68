"""
200 people launch one visit in the same second, and nobody has prepared it.

Each is a thread. All press, then all of Epic's answers come, then all pages are asked for, each
time at once; whoever is told to come back does so in the next round.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from shared_code.attendance.domain import Role
from shared_code.smart.user import EhrUser, Side
from shared_code.visits.domain.visit import VisitState
from shared_code.web.frame import Page
from tests.faults.persons import Ask, OneWorker, Person, clinician, meeting_in, patient

EACH = 50
ROUNDS = 40
REPEATED = ("/launch/callback", "/signin/callback", "/visit/")


@pytest.fixture(autouse=True)
def _quick_turns() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(autouse=True)
def _sleepless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps in a function."""

    def refuse(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    monkeypatch.setattr(time, "sleep", refuse)


def _everybody(world: OneWorker) -> list[Person]:
    """Clinicians who have never signed in, others who have, patients of MyChart and of texts."""
    new = [clinician(world, _user(Side.STAFF, f"new{n}")) for n in range(EACH)]
    known = [clinician(world, _user(Side.STAFF, f"known{n}")) for n in range(EACH)]
    patients = [patient(world, _user(Side.PATIENT, f"p{n}")) for n in range(EACH)]
    link = world.link_of(world.book())
    texted = [Person(world, link=link) for _ in range(EACH)]
    for each in known:
        each.csn = "70001"
        each.go()
        each.csn = "36996"
    everybody = [*new, *known, *patients, *texted]
    for each in everybody:
        each.waits, each.statuses = False, []
    return everybody


def _user(side: Side, name: str) -> EhrUser:
    kind = "Practitioner" if side is Side.STAFF else "Patient"
    return EhrUser(side, f"{kind}/{name}", named=True)


def _together(asks: Sequence[Ask], pool: ThreadPoolExecutor) -> list[Page]:
    """Ask for all pages at the same time."""
    start = threading.Barrier(len(asks))

    def ask(one: Ask) -> Page:
        start.wait(20)
        return one()

    return list(pool.map(ask, asks))


def _times(ask: Ask, times: int) -> int:
    """Return how often it is asked: starts, handoffs and forms are one press each."""
    path = str(ask.args[0]) if isinstance(ask, partial) else ""
    return times if path.startswith(REPEATED) else 1


def _better(one: Page | None, other: Page) -> Page:
    """Return the answer that leads on at once, if one of them does."""
    return other if one is None or "Refresh" in one.headers else one


def _play(
    world: OneWorker, everybody: list[Person], times: int = 1
) -> tuple[dict[int, str], list[Page]]:
    """Return where each ended, and all answers. What browsers repeat is asked `times` at once."""
    asks: dict[int, Ask] = {number: each.first for number, each in enumerate(everybody)}
    ended: dict[int, str] = {}
    seen: list[Page] = []
    with ThreadPoolExecutor(len(everybody) * times) as pool:
        for _ in range(ROUNDS):
            sent = [(n, ask) for n, ask in asks.items() for _ in range(_times(ask, times))]
            answers = _together([ask for _, ask in sent], pool)
            seen += answers
            pages: dict[int, Page] = {}
            for (number, _), page in zip(sent, answers, strict=True):
                pages[number] = _better(pages.get(number), page)
            asks = {}
            for number, page in pages.items():
                ended[number] = meeting_in(page)
                following = everybody[number].next(page)
                if not ended[number] and following:
                    asks[number] = following
            world.clock.advance(seconds=1)
            if not asks:
                break
    return ended, seen


def test_200_launches_of_one_visit_make_one_meeting_and_one_patch() -> None:
    """Everybody ends in it, on the right link, and nobody is refused or held up."""
    world = OneWorker()
    everybody = _everybody(world)
    world.graph.asked.clear()

    ended, seen = _play(world, everybody)

    asked = world.graph.asked
    assert len(everybody) == 200
    assert (asked["create_or_get"], asked["set_lobby"], asked["guest_link"]) == (1, 1, 1)
    assert Counter(page.status for page in seen).keys() <= {200, 302, 303}
    (visit,) = [each for each in world.visits.rows.values() if each.start is not None]
    assert (visit.state, visit.leased_until) == (VisitState.READY, None)
    staff = {number for number, each in enumerate(everybody) if each.door == "provider"} - set(
        range(3 * EACH, 4 * EACH)
    )
    assert {ended[number] for number in staff} == {visit.staff_url}
    assert {ended[number] for number in ended.keys() - staff} == {visit.patient_url}
    assert len(world.epic_side.redeemed) == len(set(world.epic_side.redeemed))


def test_callbacks_and_pages_come_twice_at_once() -> None:
    """Both get an answer that leads on or says when to come back; no code is used twice."""
    world = OneWorker()
    everybody = _everybody(world)[:: EACH // 10]
    world.graph.asked.clear()

    ended, seen = _play(world, everybody, times=2)

    assert all(ended.values())
    assert Counter(page.status for page in seen).keys() <= {200, 302, 303}
    assert (world.graph.asked["create_or_get"], world.graph.asked["set_lobby"]) == (1, 1)
    assert len(world.epic_side.redeemed) == len(set(world.epic_side.redeemed))


def test_who_does_not_hold_the_visit_is_told_to_come_back() -> None:
    """While the holder waits for Graph, pages answer at once, with Refresh: 1."""
    world = OneWorker()
    everybody = _everybody(world)
    held, release = threading.Event(), threading.Event()

    def hold(method: str, organizer: str) -> None:
        held.set()
        assert release.wait(20)

    world.graph.before = hold
    first, *others = everybody[3 * EACH :]
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(first.go)
        assert held.wait(20)
        pages = [each.browser.get(each.first().headers["Location"]) for each in others]
        release.set()
        world.graph.before = lambda method, organizer: None
        going.result(20)

    assert {re.split(";", page.headers["Refresh"])[0] for page in pages} == {"1"}
    assert {page.status for page in pages} == {200}
    assert all(each.go() for each in others)
    assert len([each for each in world.attendees.rows.values() if each.role is Role.PATIENT]) == 50
