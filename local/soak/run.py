"""Send a course through the machine while its workers are killed and its services fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from local import stack
from local.demo.__main__ import SETTINGS
from local.demo.machine import Machine
from local.soak.account import Account, take_account
from local.soak.backlog import Backlog
from local.soak.bookings import make_course
from local.soak.delivery import Delivery
from local.soak.desk import count_texts
from local.soak.hospital_day import HospitalDay
from local.soak.plan import Phase, Plan
from local.soak.weather import break_things, mend_things

Tell = Callable[[str], None]
_SENDERS = 4
_TICK = 0.2
_CHECK_EVERY = 0.5
_PROGRESS = 1000
_WEB_KILLS = 0.7
_PAUSE = threading.Event()


def soak(plan: Plan, directory: Path, tell: Tell) -> Account:
    """Start a machine, run the soak and return the account. `tell` gets progress lines."""
    options = stack.Options(directory, settings=SETTINGS, faulty_tables=True)
    running = stack.start(options)
    try:
        with closing(Backlog(running)) as backlog:
            conductor = _Conductor(Machine(running), plan, backlog, tell)
            return conductor.play()
    finally:
        running.stop()


@dataclass(slots=True)
class _Conductor:
    """Runs everything in one thread, except for the senders."""

    machine: Machine
    plan: Plan
    backlog: Backlog
    tell: Tell
    day: HospitalDay = field(init=False)
    chance: Random = field(init=False)
    began: float = field(default_factory=time.monotonic)
    acknowledged: int = 0
    kills: int = 0
    reported: int = 0
    checked_at: float = 0.0

    def __post_init__(self) -> None:
        self.day = HospitalDay(self.machine, self.plan.speed)
        self.chance = Random(self.plan.seed)  # noqa: S311 - chance of a test

    def play(self) -> Account:
        course = make_course(self.machine.now(), self.plan.messages, self.plan.seed)
        break_things(self.machine.stack, self.plan.faults, self.plan.seed)
        first = 0
        for phase in self.plan.phases:
            self._hide_for(phase.invisibility)
            sequence = course.sequence[first : first + phase.messages]
            self._send(phase, Delivery(self.machine, sequence, self.chance))
            first += phase.messages
        mend_things(self.machine.stack)
        self._progress("sent")
        account = take_account(self.machine, self.day, self.backlog, course, self.kills)
        self._progress("counted")
        return account

    def _hide_for(self, seconds: int) -> None:
        """Restart the hosts with another invisibility, if it differs."""
        running, name = self.machine.stack, "LOCAL_HOST_INVISIBILITY_SECONDS"
        if running.environment.get(name) != str(seconds):
            running.environment[name] = str(seconds)
            running.stop_hosts()
            for role in list(running.hosts):
                running.start_host(role)

    def _send(self, phase: Phase, delivery: Delivery) -> None:
        before, marks = self.acknowledged, _marks(phase, self.chance)
        with ThreadPoolExecutor(_SENDERS) as pool:
            senders = [pool.submit(delivery.work) for _ in range(_SENDERS)]
            try:
                while marks or not _are_done(senders):
                    _PAUSE.wait(_TICK)
                    self.day.tick()
                    self._watch(delivery)
                    self.acknowledged = before + delivery.acknowledged
                    if marks and delivery.acknowledged >= marks[0]:
                        marks.pop(0)
                        self._kill()
                    if self.acknowledged >= self.reported + _PROGRESS:
                        self._progress(phase.name)
            finally:
                delivery.give_up()
            for sender in senders:
                sender.result()

    def _watch(self, delivery: Delivery) -> None:
        """Allow sending only while the workers keep up: a large backlog would delay the account."""
        if time.monotonic() - self.checked_at < _CHECK_EVERY:
            return
        self.checked_at = time.monotonic()
        if self.backlog.is_short() and not self.day.is_evening():
            delivery.may_send.set()
        else:
            delivery.may_send.clear()

    def _kill(self) -> None:
        """kill -9 a worker during its work, by its process id, then start a new one."""
        role = "web" if self.chance.random() < _WEB_KILLS else "hl7"
        self.machine.stack.hosts[role].kill()
        self.machine.stack.start_host(role)
        self.kills += 1

    def _progress(self, what: str) -> None:
        self.reported = self.acknowledged - self.acknowledged % _PROGRESS
        seconds = time.monotonic() - self.began
        self.tell(
            f"{seconds:6.0f} s  {what:8} {self.acknowledged:6} acknowledged, "
            f"{count_texts(self.machine.stack):6} texts, {self.kills:3} kills"
        )


def _marks(phase: Phase, chance: Random) -> list[int]:
    """Return after how many acknowledged messages of the phase each kill comes."""
    share = phase.messages / (phase.kills + 1)
    return [round(share * (kill + chance.uniform(0.5, 1.5))) for kill in range(phase.kills)]


def _are_done(senders: list[Future[None]]) -> bool:
    """Return whether the senders are done. If one has failed, the others are stopped."""
    return all(sender.done() for sender in senders) or any(
        sender.done() and sender.exception() for sender in senders
    )
