"""
A seeded story of some appointments to which everything happens at once: duplicates, disorder,
messages of a test system, deaths that are taken back, statuses that disagree, dying workers,
failing storage, an SMS service in every mood, reports and STOPs, timers that do not fire, clocks
that jump, weeks in which clocks change. The same seed is the same story.

What must hold whenever a text is posted is looked at then; nothing here knows how a story must end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from shared_code.connections.domain import Proofs
from shared_code.errors import NotStored
from shared_code.hl7.schedule_event import PHONE_UNUSABLE
from shared_code.operating.domain import OPERATOR
from shared_code.queues import SMS_EVENTS
from shared_code.texting.ports import NotSent, OutcomeUnknown, OutgoingText, RefusedText, SendResult
from tests.unit.texting.posting import is_first_confirmation, wrong_post
from tests.world import certificates as issuing
from tests.world.clock import NOW, FixedClock
from tests.world.connection import ENABLED, SENDER, connection
from tests.world.machine import MINUTE, Crash, Machine
from tests.world.messages import altered, siu
from tests.world.visit import OTHER_PHONE, PHONE
from tests.world.world import SmsService, World

TRIGGERS = ("S12", "S13", "S14", "S14", "S18", "S15", "S17", "S26")
DEATHS = (*["N"] * 9, '""', "Y")
STATUSES = (*["1^SCH"] * 7, '""', "3^CAN", "Cancelled^Cancelled^HL70278")
"""Every message says all that it could leave out: then the newest decides in any order."""
ENDS = ("S15", "S17", "S26")
"""None of these reads a phone: whether a change before or behind them did depends on arrival."""
BEGINS = (
    ("America/Chicago", NOW),
    ("America/Chicago", NOW),
    ("America/Chicago", datetime(2026, 3, 7, 23, 0, tzinfo=UTC)),
    ("America/Chicago", datetime(2026, 10, 31, 22, 0, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, 17, 0, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 7, 0, tzinfo=UTC)),
)
"""A morning in June, and late afternoons before a night in which clocks change."""
AHEAD = tuple(map(timedelta, (0, 0, 1, 1, 2), (5400, 32_400, 0, 5400, 5400)))
"""The soonest start is an hour and a half after the beginning."""
ANSWERS: tuple[SendResult, ...] = (
    NotSent(),
    NotSent(45),
    NotSent(opened=False),
    OutcomeUnknown(),
    OutcomeUnknown(),
    RefusedText(PHONE_UNUSABLE),
)
CERTIFICATE = issuing.der("p256", begins=timedelta(days=-365), ends=timedelta(days=365))
PRESENTED = issuing.presented(CERTIFICATE)


@dataclass(frozen=True, slots=True)
class Jumps:
    """Of the clock, forwards: how far in minutes at once, and how far in all."""

    at_once: int
    in_all: int


class MoodyService(SmsService):
    """Half of what it leaves unanswered it never did. `watch` sees every text as it comes."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.watch: Callable[[OutgoingText], None] = lambda text: None

    def send(self, text: OutgoingText) -> SendResult:
        """One POST."""
        self.watch(text)
        silent = bool(self.answers) and isinstance(self.answers[0], OutcomeUnknown)
        if silent and self.chance.random() < 0.5:
            self.posts.append(text)
            return self.answers.pop(0)
        return super().send(text)


def deliver(body: bytes, machine: Machine) -> None:
    """The sender repeats it until it is acknowledged."""
    machine.deliver(body, x_arr_clientcert=PRESENTED)


@dataclass
class Simulation:
    """One seed."""

    seed: int
    jumps: Jumps
    chance: random.Random = field(init=False)
    machine: Machine = field(init=False)
    violations: list[str] = field(default_factory=list)
    first_confirmations: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """One to three appointments, each with its messages in the order they were made."""
        self.chance = random.Random(self.seed)
        self.zone, self.begin = self.chance.choice(BEGINS)
        self.service = MoodyService(self.chance)
        self.service.watch = self._at_post
        self.world = self.installation(self.service)
        self.machine = Machine(MINUTE * self.chance.choice([0, 1, 10]), self.world)
        self.jumped = 0
        self.triggers: Mapping[str, list[str]] = {
            str(key): ["S12", *self.chance.choices(TRIGGERS, k=self.chance.randint(0, 4))]
            for key in range(self.chance.randint(1, 3))
        }
        self.messages: Mapping[str, list[bytes]] = {
            key: self._messages(key, triggers) for key, triggers in self.triggers.items()
        }

    def installation(self, service: SmsService) -> World:
        """A new one, at the beginning."""
        early = datetime(2026, 1, 1, tzinfo=UTC)
        sms = replace(ENABLED, reminders=(80, 45), enabled_since=early)
        agreed = connection(
            epic_zone=self.zone,
            proofs=Proofs(certificates=(CERTIFICATE,)),
            sms=sms,
            first_texts_a_day=1,
        )
        return World(agreed, clock=FixedClock(self.begin), service=service)

    def _messages(self, key: str, triggers: list[str]) -> list[bytes]:
        """Distinct in MSH-7, with starts on this day and the next ones."""
        there = self.begin.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return [
            altered(
                siu(
                    trigger,
                    self.begin - timedelta(hours=1) + number * MINUTE,
                    key=key,
                    control_id=str(number),
                    start_local=there + self.chance.choice(AHEAD),
                    phone=self.chance.choice(["(608)555-0142", "(608)555-0143"]),
                ),
                PID_30=self.chance.choice(DEATHS),
                SCH_25=self.chance.choice(STATUSES),
            )
            for number, trigger in enumerate(triggers)
        ]

    def phone_is_certain(self, key: str) -> bool:
        """Whether the phone in the end does not depend on the order of arrival."""
        triggers = self.triggers[key]
        return set(ENDS).isdisjoint(triggers) or triggers[-1] in ("S12", "S13")

    def trouble(self, minutes: int) -> list[bytes]:
        """So long everything happens. Returns the messages that have not come yet."""
        line = self.world.line
        line.before = line.after = self._perhaps
        late = [body for bodies in self.messages.values() for body in bodies]
        for body in list(late):
            late += [body] * self.chance.choice([0, 0, 1, 2])
            if self.chance.random() < 0.2:
                kind = f"SIU^{self.chance.choice(TRIGGERS)}"
                late.append(altered(body, MSH_9=kind, MSH_11=self.chance.choice(["T", ""])))
        self.chance.shuffle(late)
        for _ in range(minutes):
            self.service.answers = self.chance.choices(ANSWERS, k=self.chance.randint(0, 1))
            for body in late[: self.chance.randint(0, 2)]:
                deliver(body, self.machine)
                late.remove(body)
            self._event()
            if self.chance.random() < 0.02:
                self.release()
            self._jump()
            self._minute()
        return late

    def calm(self) -> None:
        """From now on nothing fails."""
        line = self.world.line
        line.before = line.after = lambda call: None
        self.service.answers = []

    def release(self) -> None:
        """A person finds out that every visit takes place whose messages disagree."""
        story = self.world.services.operating.release_appointment
        for row in self.world.appointments.rows.values():
            if row.is_held():
                name = partial(story.named, self.world.connection, row.key, OPERATOR)
                self.machine.alive(name)

    def _minute(self) -> None:
        if self.chance.random() < 0.1:  # the timer does not fire
            self.world.clock.advance(minutes=1)
            self.machine.work()
        else:
            self.machine.tick()

    def _perhaps(self, call: str) -> None:
        if self.chance.random() < 0.03:
            error = self.chance.choice([Crash, NotStored])
            if not (call == "sender.send" and error is NotStored):
                raise error

    def _jump(self) -> None:
        """The host slept, or its clock was set back a little."""
        dice = self.chance.random()
        if dice < 0.03 and self.jumped < self.jumps.in_all:
            minutes = self.chance.randint(2, self.jumps.at_once)
            self.jumped += minutes
            self.world.clock.advance(minutes=minutes)
        elif dice < 0.06:
            self.world.clock.advance(seconds=-self.chance.randint(1, 20))

    def _event(self) -> None:
        """A report on a text that was sent, or a reply; what a dying worker held is lost."""
        dice, executed = self.chance.random(), self.service.executed
        if dice < 0.2 and executed:
            delivery = self.chance.choice(["delivered", "failed"])
            tag = self.chance.choice(executed).tag
            self._record({"event": "report", "text": tag, "delivery": delivery})
        elif dice < 0.24:
            event = self.chance.choice(["stop", "start", "start"])
            recipient = self.chance.choice([PHONE, OTHER_PHONE])
            self._record({"event": event, "sender": SENDER, "recipient": recipient})

    def _record(self, work: dict[str, str]) -> None:
        record = self.world.services.texting.text_results.on_event
        self.machine.alive(partial(record, work))
        for again, _ in self.world.take(SMS_EVENTS):
            self.machine.alive(partial(record, again))

    def _at_post(self, text: OutgoingText) -> None:
        """Safety, whatever happens around it."""
        now, where = self.world.clock(), ZoneInfo(self.zone)
        wrong = wrong_post(text, self.world, where, self.first_confirmations)
        self.violations += [f"{now}: {what}" for what in wrong]
        if is_first_confirmation(text, self.world):
            self.first_confirmations.add(text.tag)
