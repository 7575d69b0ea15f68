"""
One installation on a virtual clock: the real flows over ports in memory.

Every storage call and every request to a service takes simulated time. There is one process,
with as many hints in parallel as host.json allows for a queue, and the timer every minute. Work is
executed in the order in which it begins; only the clock models the overlap. The queues continue
between two agenda rows, as they do while the timer runs; the agenda's workers share the time of its
calls.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from local.memory.line import Line
from local.memory.ports import MemoryAgenda, MemoryRings
from local.memory.sending import MemoryCircuitBreaker, MemoryRateWindow
from local.memory.world import Installation
from shared_code.agenda.adapters import SHARDS
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.flows import MAX_WORKERS
from shared_code.connections.domain import Connection
from shared_code.intake.flows.sealed_message import QueuedMessage
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT, VISIT_PREPARATION
from shared_code.texting.adapters.wording import MessageTemplates
from shared_code.texting.ports import Accepted, OutgoingText

STORAGE = timedelta(milliseconds=10)
"""Duration of one storage call; with the request below a text takes about 0.3 s."""
REQUEST = timedelta(milliseconds=100)
"""Time for a request to reach the SMS service, and again for its answer."""
AT_ONCE = 12
"""Messages of one queue worked on in parallel: batchSize and newBatchThreshold of host.json."""
POLLING = 2.0
"""The longest time until a message is noticed, in seconds: maxPollingInterval."""
INVISIBLE = timedelta(minutes=10)
"""How long the message of a killed worker stays hidden (docs/local-host.md)."""
RESTART = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
QUEUES = (SMS_URGENT, SMS_OUTBOUND, VISIT_PREPARATION)
"""Queues of hints; messages of the feed are applied at once."""
REQUESTS = frozenset(
    {
        "sender.send",
        "graph.create_or_get",
        "graph.set_lobby",
        "graph.get",
        "graph.guest_link",
    }
)
RINGS = MemoryRings.fixed()
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

type _Message = tuple[datetime, int, dict[str, str]]


class Killed(BaseException):
    """The process is gone. A BaseException, so that no handler of the product stops it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request and the time it reached the service (UTC)."""

    at: datetime
    text: OutgoingText


@dataclass
class VirtualClock:
    """The port Clock."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the time of the work that is running now."""
        return self.now


@dataclass
class Service:
    """The port TextSender: accepts every text and records its arrival."""

    clock: VirtualClock
    arrivals: list[Arrival] = field(default_factory=list)

    def send(self, text: OutgoingText) -> Accepted:
        """Record the text and accept it."""
        self.arrivals.append(Arrival(self.clock.now, text))
        return Accepted(str(len(self.arrivals)))


@dataclass
class _Queue:
    """Delayed messages, and the time at which each worker of the queue is free."""

    free: list[datetime]
    asleep: list[_Message] = field(default_factory=list)

    def begins(self) -> datetime:
        """Return when the next message is worked on."""
        return max(self.asleep[0][0], self.free[0]) if self.asleep else _NEVER


class _StoredAgenda(MemoryAgenda):
    """Rows in the order of the table's keys."""

    def due(self, until: datetime) -> Iterable[AgendaRow]:
        """Return the same rows in the table's order."""
        return sorted(super().due(until), key=_storage_key)


class Site:
    """
    The installation and its host.

    At `killed_at` its only process is killed, once: the messages being worked on return after
    INVISIBLE, the process after RESTART.
    """

    def __init__(self, connections: Sequence[Connection], start: datetime, seed: int) -> None:
        self.clock = VirtualClock(start)
        self.service = Service(self.clock)
        self.killed_at = _NEVER
        self.longest_agenda = timedelta(0)
        self._chance, self._numbers = Random(seed), count()  # noqa: S311 - chance of a bench
        self._queues = {name: _Queue([start] * AT_ONCE) for name in QUEUES}
        self._timer = self._began = start
        self._workers = 1
        line = Line(before=self._before_call, after=self._after_call)
        self.installation = Installation(
            connection=connections[0],
            clock=self.clock,
            service=self.service,
            wording=MessageTemplates(),
            line=line,
            rings=RINGS,
        )
        named = {connection.id: connection for connection in connections}
        self.installation.connections.connections.update(named)
        self.installation.agenda = line.through("agenda", _StoredAgenda())
        self.installation.rate = line.through("rate", MemoryRateWindow())
        self.installation.circuit = line.through("circuit", MemoryCircuitBreaker())

    def until(self, end: datetime) -> None:
        """
        Run everything that begins before `end`: the timer each minute, and each hint in order.
        """
        self._collect()
        while True:
            name, begins = self._next()
            timer = self._when_alive(self._timer)
            if min(begins, timer) >= end:
                break
            if timer <= begins:
                self._tick(timer)
            else:
                self._work(name, begins)
        self.clock.now = end

    def apply(self, body: bytes, connection: str) -> None:
        """Apply a message that arrives now."""
        ours, arrived = self.installation, self.clock.now
        message = QueuedMessage(connection, arrived, "", "", body)
        ours.services.intake.sealed_messages.enqueue(message)
        _, work, _ = ours.queues.sent.pop()
        ours.services.intake.apply_schedule.on_message(work)
        self._collect()

    def let_others_work(self) -> None:
        """Run what the queues have begun by now while the current work is not finished."""
        now, began = self.clock.now, self._began
        self._collect()
        while (following := self._next())[1] <= now:
            self._work(*following)
        self.clock.now, self._began = now, began

    def _next(self) -> tuple[str, datetime]:
        name = min(self._queues, key=lambda each: self._queues[each].begins())
        return name, self._when_alive(self._queues[name].begins())

    def _tick(self, begins: datetime) -> None:
        self.clock.now = self._began = begins
        with suppress(Killed):
            self.installation.run_agenda(self._map_with_queues)
        took = self.clock.now - begins
        self.longest_agenda = max(self.longest_agenda, took)
        self._timer = self.clock.now.replace(second=0, microsecond=0) + MINUTE
        self._collect()

    def _map_with_queues(
        self, work: Callable[[AgendaRow], bool], rows: Iterable[AgendaRow]
    ) -> Iterable[bool]:
        """Map over the rows; workers share the time of their calls and queues run between rows."""
        for row in rows:
            self.let_others_work()
            self._workers = MAX_WORKERS
            done = work(row)
            self._workers = 1
            yield done
        self.let_others_work()

    def _work(self, name: str, begins: datetime) -> None:
        queue = self._queues[name]
        _, number, work = heapq.heappop(queue.asleep)
        self.clock.now = self._began = begins
        try:
            self._follow(name, work)
        except Killed:
            heapq.heappush(queue.asleep, (begins + INVISIBLE, number, work))
        heapq.heapreplace(queue.free, self.clock.now)
        self._collect()

    def _follow(self, name: str, work: dict[str, str]) -> None:
        stories = self.installation.services
        if name == VISIT_PREPARATION:
            stories.visits.prepare_visit.on_hint(work)
        else:
            stories.texting.send_text.on_hint(work, name)

    def _collect(self) -> None:
        """Take the hints just sent: the host notices a message a little after it is due."""
        sent = self.installation.queues.sent
        for name, work, delay in sent:
            noticed = timedelta(seconds=delay + self._chance.uniform(0, POLLING))
            message = (self.clock.now + noticed, next(self._numbers), work)
            heapq.heappush(self._queues[name].asleep, message)
        sent.clear()
        self.installation.line.calls.clear()

    def _when_alive(self, moment: datetime) -> datetime:
        back = self.killed_at + RESTART
        return back if self.killed_at <= moment < back else moment

    def _before_call(self, call: str) -> None:
        self._advance(REQUEST if call in REQUESTS else STORAGE / self._workers)

    def _after_call(self, call: str) -> None:
        if call in REQUESTS:
            self._advance(REQUEST)

    def _advance(self, time: timedelta) -> None:
        """Advance the clock. Raises Killed in the work that was running at that time."""
        self.clock.now += time
        if self._began < self.killed_at <= self.clock.now:
            raise Killed


def _storage_key(row: AgendaRow) -> tuple[datetime, int, str]:
    """Return the row's position by the keys that agenda/adapters.py makes."""
    shard = hashlib.sha256(row.subject.encode("utf-8")).digest()[0] % SHARDS
    return row.minute(), shard, f"{row.duty}~{row.subject}~{row.version}"
