"""Queue and timer of one installation in memory, and a worker that may die at any call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest

from shared_code.errors import NotStored
from shared_code.flows.apply_schedule import apply_work
from shared_code.flows.run_agenda import run_agenda
from shared_code.flows.send_text import send_work
from shared_code.ports import HL7_INBOUND, SMS_OUTBOUND
from tests.unit.flows.world import World


def _apply(work: dict[str, str], world: World) -> None:
    apply_work(work, world.scheduling())


def _send(work: dict[str, str], world: World) -> None:
    send_work(work, SMS_OUTBOUND, world.dispatch())


WORKERS: Mapping[str, Callable[[dict[str, str], World], None]] = {
    HL7_INBOUND: _apply,
    SMS_OUTBOUND: _send,
}


class Crash(BaseException):
    """The process is gone: no handler of the product may stop it."""


@dataclass
class CrashPoint:
    """
    Dies once, at the call of that number (from 1), before or after it takes effect.

    With NotStored it is storage that fails or whose answer is lost; the SMS service never does.
    """

    number: int
    after: bool
    error: type[BaseException] = Crash
    calls: int = 0
    died_at: str = ""

    def before_call(self, call: str) -> None:
        """Counts the call."""
        self.calls += 1
        if self.calls == self.number and not self.after:
            self._die(call)

    def after_call(self, call: str) -> None:
        """The call took effect; its caller never learns it."""
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
    waiting: list[tuple[datetime, str, dict[str, str]]] = field(default_factory=list)

    def deliver(self, body: bytes) -> None:
        """The sender repeats the message until it is acknowledged."""
        for _ in range(20):
            try:
                if self.world.post(body).status == 200:
                    return
            except Crash:
                continue
        pytest.fail("never acknowledged")

    def tick(self) -> None:
        """One minute: the timer, then everything on the queues that is due by then."""
        self.world.clock.advance(minutes=1)
        self.alive(lambda: run_agenda(self.world.duties()))
        self.work()

    def work(self) -> None:
        """Works on what is due, including what that work puts on the queues."""
        self._collect()
        while due := [item for item in self.waiting if item[0] <= self.world.clock()]:
            for item in due:
                self.waiting.remove(item)
                if not self.alive(partial(WORKERS[item[1]], item[2], self.world)):
                    back = self.world.clock() + self.invisible
                    self.waiting.append((back, *item[1:]))
            self._collect()

    def alive(self, job: Callable[[], object]) -> bool:
        """Whether the worker lived through the job; if not, its message is still there."""
        try:
            job()
        except (Crash, NotStored):
            return False
        return True

    def _collect(self) -> None:
        for queue in WORKERS:
            for work, delay in self.world.take(queue):
                due = self.world.clock() + timedelta(seconds=delay)
                self.waiting.append((due, queue, work))
