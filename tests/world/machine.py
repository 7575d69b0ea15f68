"""Queue and timer of one installation in memory, and a worker that may die at any call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest

from shared_code.errors import NotStored
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from tests.world.world import World


def _apply(work: dict[str, str], world: World) -> None:
    world.services.intake.apply_schedule.on_message(work)


def _send(work: dict[str, str], world: World) -> None:
    world.services.texting.send_text.on_hint(work, SMS_OUTBOUND)


MINUTE = timedelta(minutes=1)
WORKERS: Mapping[str, Callable[[dict[str, str], World], None]] = {
    HL7_INBOUND: _apply,
    SMS_OUTBOUND: _send,
}


class Crash(BaseException):
    """The process is gone. A BaseException, so that no handler of the product stops it."""


@dataclass
class CrashPoint:
    """
    Dies once, at the call of that number (from 1), before or after it takes effect.

    With NotStored, storage fails or its answer is lost; the SMS service never does.
    """

    number: int
    after: bool
    error: type[BaseException] = Crash
    calls: int = 0
    died_at: str = ""

    def before_call(self, call: str) -> None:
        """Count the call."""
        self.calls += 1
        if self.calls == self.number and not self.after:
            self._die(call)

    def after_call(self, call: str) -> None:
        """Die after the call took effect, so that its caller never learns of it."""
        if self.calls == self.number and self.after and not self.died_at:
            self._die(call)

    def _die(self, call: str) -> None:
        self.died_at = call
        if not (call == "sender.send" and self.error is NotStored):
            raise self.error


@dataclass
class Machine:
    """Queue and timer of one installation, with a worker that may die."""

    invisible: timedelta = timedelta(0)
    """How long a message whose worker died stays hidden; the host takes up to ten minutes."""
    world: World = field(default_factory=World)
    skips: bool = False
    """Whether wait() leaves out the minutes in which nothing is due: on storage they cost time."""
    waiting: list[tuple[datetime, str, dict[str, str]]] = field(default_factory=list)
    steps: int = 0
    """How many requests were made, timers fired and messages worked on."""

    def deliver(self, body: bytes, **headers: str) -> None:
        """Send the message until it is acknowledged."""
        for _ in range(20):
            self.steps += 1
            try:
                if self.world.post(body, **headers).status == 200:
                    return
            except Crash:
                continue
        pytest.fail("never acknowledged")

    def tick(self) -> None:
        """Run one minute: the timer, then everything on the queues that is due by then."""
        self.world.clock.advance(minutes=1)
        self.alive(lambda: self.world.run_agenda())
        self.work()

    def wait(self, minutes: int) -> None:
        """Let that many minutes pass."""
        if self.skips:
            self.until(self.world.clock.now + minutes * MINUTE)
            return
        for _ in range(minutes):
            self.tick()

    def until(self, moment: datetime) -> None:
        """Run minute by minute to that time, without minutes in which nothing is due."""
        while (due := self._next_due()) is not None and due <= moment:
            self.world.clock.now = max(self.world.clock.now, due - MINUTE)
            self.tick()
        self.world.clock.now = max(self.world.clock.now, moment)

    def work(self) -> None:
        """Work on everything due, including the work that this puts on the queues."""
        self._collect()
        while due := [item for item in self.waiting if item[0] <= self.world.clock()]:
            for item in due:
                self.waiting.remove(item)
                if not self.alive(partial(WORKERS[item[1]], item[2], self.world)):
                    back = self.world.clock() + self.invisible
                    self.waiting.append((back, *item[1:]))
            self._collect()

    def alive(self, job: Callable[[], object]) -> bool:
        """Return whether the worker survived the job; if not, its message is still there."""
        self.steps += 1
        try:
            job()
        except (Crash, NotStored):
            return False
        return True

    def _next_due(self) -> datetime | None:
        self._collect()
        rows = [row.minute() for row in self.world.agenda.rows.values()]
        works = [item[0] + MINUTE - timedelta(microseconds=1) for item in self.waiting]
        dues = rows + [each.replace(second=0, microsecond=0) for each in works]
        return max(min(dues), self.world.clock.now + MINUTE) if dues else None

    def _collect(self) -> None:
        for queue in WORKERS:
            for work, delay in self.world.take(queue):
                due = self.world.clock() + timedelta(seconds=delay)
                self.waiting.append((due, queue, work))
