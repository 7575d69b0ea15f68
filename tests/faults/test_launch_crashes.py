"""
A worker may die, or storage and other services may fail, at any call of a whole launch.

Each way into a meeting is gone once to count its port calls, then once more for each of them with a
fault before or after the call took effect. The person asks for the page again or presses anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from shared_code.errors import Conflict, NotStored
from shared_code.outbound.errors import NoAnswer, Phase
from tests.faults import launch_endings
from tests.faults.launch_endings import CountingMicrosoft
from tests.faults.persons import OneWorker, Person, clinician, patient
from tests.world.machine import Crash, CrashPoint

SERVICES = ("epic", "microsoft", "graph")

either = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
ways = pytest.mark.parametrize("way", ["first", "linked", "mychart", "text"])
habits = pytest.mark.parametrize("reloads", [False, True], ids=["presses", "reloads"])


class Fault(CrashPoint):
    """A service is silent where storage would fail."""

    def _die(self, call: str) -> None:
        self.died_at = call
        if self.error is not Crash and call.startswith(SERVICES):
            raise NoAnswer(Phase.NO_REPLY)
        raise self.error


@dataclass
class Play:
    """One way into the meeting with one fault."""

    way: str
    reloads: bool = True
    world: OneWorker = field(default_factory=lambda: OneWorker(microsoft_side=CountingMicrosoft()))
    calls: int = 0

    def run(self, fault: Fault | None = None) -> list[str]:
        """Return what is wrong in the end."""
        person = self._person()
        line = self.world.line
        line.calls.clear()
        if fault is not None:
            line.before, line.after = fault.before_call, fault.after_call
        found: list[str] = []
        try:
            person.go()
        except AssertionError as failed:
            found.append(str(failed))
        line.before = line.after = lambda call: None
        self.calls = len(line.calls)
        found += launch_endings.without_an_end(self.world)
        found += launch_endings.unhelpful(person)
        found += self._others()
        found += launch_endings.wrong(self.world, 1 if fault else 0)
        return [f"{fault.died_at if fault else ''}: {each}" for each in found]

    def _person(self) -> Person:
        makers: dict[str, Callable[[], Person]] = {
            "first": lambda: clinician(self.world, reloads=self.reloads),
            "linked": self._linked,
            "mychart": lambda: patient(self.world, reloads=self.reloads),
            "text": lambda: Person(self.world, link=link, reloads=self.reloads),
        }
        link = self.world.link_of(self.world.book())
        return makers[self.way]()

    def _linked(self) -> Person:
        """Return a clinician who has signed in before, and holds no visit yet."""
        person = clinician(self.world, reloads=self.reloads)
        person.go()
        self.world.kill()
        for each in self.world.visits.rows.values():
            self.world.visits.remove(each.ref)
        self.world.graph.made.clear()
        self.world.graph.asked.clear()
        return person

    def _others(self) -> Iterator[str]:
        """Nothing half-written is in anybody's way: all others come in with one press."""
        for other in (clinician(self.world), patient(self.world)):
            if not other.press():
                yield f"in the way of the next: {other.statuses}"


@ways
def test_without_a_fault_one_press_is_enough(way: str) -> None:
    """Every way has enough calls to fail at."""
    play = Play(way)

    assert play.run() == []
    assert play.calls > 25


@habits
@either
@pytest.mark.parametrize("error", [Crash, NotStored, Conflict])
@ways
def test_a_fault_at_any_call_leaves_one_meeting(
    way: str, error: type[BaseException], *, after: bool, reloads: bool
) -> None:
    """One PATCH more at most; no code twice, no exception, nobody in the way."""
    counted = Play(way)
    counted.run()
    failures = []
    for number in range(1, counted.calls + 1):
        failures += Play(way, reloads).run(Fault(number, after, error))

    assert failures == []
