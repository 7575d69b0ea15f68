"""The ports twice: in memory and in a storage account, behind one face."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.memory.counts import MemoryCounts
from local.memory.optouts import MemoryOptOuts
from local.memory.ports import (
    MemoryAgenda,
    MemoryAppointments,
    MemoryAudit,
    MemoryDeadLetters,
    MemoryLinks,
    MemoryPayloads,
    MemoryProblems,
    MemoryQueues,
    MemoryRings,
    MemorySwitches,
    MemoryTexts,
)
from local.memory.sending import MemoryCircuitBreaker, MemoryRateWindow
from shared_code.agenda.adapters import TableAgenda
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.adapters import TableAppointments
from shared_code.appointments.domain import RETIRE_PHONE
from shared_code.appointments.ports import Appointments
from shared_code.consent.adapters import TableOptOuts
from shared_code.consent.ports import OptOuts
from shared_code.intake.adapters.payloads import BlobPayloads
from shared_code.links.adapters import TableLinks
from shared_code.links.ports import Links
from shared_code.oversight.adapters.audit import TableAudit
from shared_code.oversight.adapters.dead_letters import StoredDeadLetters
from shared_code.oversight.adapters.problems import TableProblems
from shared_code.oversight.adapters.switches import TableSwitches
from shared_code.oversight.ports import Audit, DeadLetterStore, ProblemStore, Switch, Switches
from shared_code.queues import QUEUES, Payloads, Queues
from shared_code.security.keys import Rings
from shared_code.storage.queues import StorageQueues
from shared_code.texting.adapters.circuit import TableCircuitBreaker
from shared_code.texting.adapters.counts import TableCounts
from shared_code.texting.adapters.rate import TableRateWindow
from shared_code.texting.adapters.texts import TableTexts
from shared_code.texting.domain.metrics import Metric, Shard
from shared_code.texting.domain.rate import Reservation
from shared_code.texting.ports import CircuitBreaker, Counts, RateWindow, Texts
from tests.contract import examples
from tests.support.accounts import account as account_of


@dataclass(frozen=True)
class World:
    """Every storage port; `poison` puts a raw text on a queue's poison queue."""

    appointments: Appointments
    agenda: Agenda
    texts: Texts
    links: Links
    opt_outs: OptOuts
    queues: Queues
    payloads: Payloads
    problems: ProblemStore
    dead_letters: DeadLetterStore
    switches: Switches
    rate: RateWindow
    circuit: CircuitBreaker
    counts: Counts
    audit: Audit
    poison: Callable[[str, str], None]


def in_memory() -> World:
    """No service at all."""
    queues = MemoryQueues()
    return World(
        appointments=MemoryAppointments(),
        agenda=MemoryAgenda(),
        texts=MemoryTexts(),
        links=MemoryLinks(),
        opt_outs=MemoryOptOuts(),
        queues=queues,
        payloads=MemoryPayloads(),
        problems=MemoryProblems(),
        dead_letters=MemoryDeadLetters(),
        switches=MemorySwitches(),
        rate=MemoryRateWindow(),
        circuit=MemoryCircuitBreaker(),
        counts=MemoryCounts(),
        audit=MemoryAudit(),
        poison=lambda queue, text: queues.poison.setdefault(queue, []).append(text),
    )


def in_storage(connection_string: str, rings: Rings | None = None) -> World:
    """The adapters that are deployed; the clock stands at the examples' time."""
    account = account_of(connection_string)
    sealed_with = rings or MemoryRings()
    return World(
        appointments=TableAppointments(account, sealed_with),
        agenda=TableAgenda(account),
        texts=TableTexts(account),
        links=TableLinks(account),
        opt_outs=TableOptOuts(account),
        queues=StorageQueues(account),
        payloads=BlobPayloads(account),
        problems=TableProblems(account),
        dead_letters=StoredDeadLetters(account, sealed_with, _examples_time),
        switches=TableSwitches(account),
        rate=TableRateWindow(account),
        circuit=TableCircuitBreaker(account, "https://examples.invalid"),
        counts=TableCounts(account),
        audit=TableAudit(account),
        poison=lambda queue, text: _poison(connection_string, queue, text),
    )


def _examples_time() -> datetime:
    return examples.MOMENT


def _poison(connection_string: str, queue: str, text: str) -> None:
    from azure.core.exceptions import ResourceExistsError
    from azure.storage.queue import QueueClient

    with QueueClient.from_connection_string(connection_string, f"{queue}-poison") as client:
        with suppress(ResourceExistsError):
            client.create_queue()
        client.send_message(text)


def fill(world: World, connection: str) -> None:
    """One of everything, every field of it holding something."""
    world.appointments.insert(examples.appointment(connection))
    subject = str(examples.ref(connection))
    world.agenda.add([AgendaRow(examples.MOMENT, RETIRE_PHONE, subject, "7-3fa9c1d2")])
    world.texts.insert(examples.text(connection))
    world.links.put(examples.link(connection))
    world.opt_outs.add(examples.TENANT, f"1-{connection}", "+18005550100")
    for queue in QUEUES:
        world.queues.send(queue, {"text": str(examples.text_ref(connection))})
    world.payloads.put(f"20260308/{connection}", b"sealed")
    world.problems.record(examples.problem(connection))
    world.dead_letters.keep(examples.letter(connection, connection[1:]))
    world.switches.beat("agenda", examples.MOMENT)
    world.switches.set(Switch(f"pause~{connection}", "operator", examples.MOMENT))
    moment = examples.MOMENT.replace(second=51)
    world.rate.reserve("+18005550100", Reservation(connection, 1, 28, urgent=False), moment)
    for seconds in (0, 20, 40):
        world.circuit.acquire(moment + timedelta(seconds=seconds))
        world.circuit.record(False, moment + timedelta(seconds=seconds))
    shard = Shard(connection, examples.MOMENT.date(), "7")
    world.counts.add(shard, dict.fromkeys(Metric, 1), lambda: None)
    world.audit.record(examples.entry(examples.TENANT))
