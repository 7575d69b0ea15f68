"""The same ports twice, in memory and in storage; the clock stands at the examples' time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient

from local.memory.ports import MemoryConnections
from local.memory.sending import MemoryCircuitBreaker, MemoryRateWindow
from local.memory.world import Installation
from shared_code.agenda.domain import AgendaRow
from shared_code.appointments.domain import RETIRE_PHONE
from shared_code.connections.domain import Connection
from shared_code.oversight.domain.problem import Closing
from shared_code.oversight.ports import Switch
from shared_code.queues import QUEUES
from shared_code.texting.domain.metrics import Metric, Shard
from shared_code.texting.domain.rate import Reservation
from shared_code.texting.domain.tally import Addition
from shared_code.wiring.azure import AzurePorts
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.world import stored
from tests.world.clock import FixedClock
from tests.world.world import World


def in_memory() -> Ports:
    """Return ports that use no service."""
    world = World(clock=FixedClock(examples.MOMENT))
    world.rate, world.circuit = MemoryRateWindow(), MemoryCircuitBreaker()
    return world


def in_storage(connection_string: str, **own: Any) -> AzurePorts:
    """Return the adapters as deployed."""
    usual = {"clock": FixedClock(examples.MOMENT), "connections": MemoryConnections()}
    return stored.in_storage(connection_string, **usual | own)


def configure(ports: Ports, connection: Connection) -> None:
    """Add a connection."""
    connections: Any = ports.connections
    connections.connections[connection.id] = connection


def poison(ports: Ports, queue: str, text: str) -> None:
    """Put a raw text on a queue's poison queue."""
    if isinstance(ports, Installation):
        ports.queues.poison.setdefault(queue, []).append(text)
        return
    assert isinstance(ports, AzurePorts)
    address = ports.settings.storage_connection_string
    with QueueClient.from_connection_string(address, f"{queue}-poison") as client:
        with suppress(ResourceExistsError):
            client.create_queue()
        client.send_message(text)


def fill(ports: Ports, connection: str) -> None:
    """Write one object of each kind, with every field set."""
    ports.appointments.insert(examples.appointment(connection))
    ports.appointments.name(examples.ref(connection), "36996")
    ports.appointments.enlist(examples.ref(connection, 1), "CSN 10'42 é漢😀")
    subject = str(examples.ref(connection))
    ports.agenda.add([AgendaRow(examples.MOMENT, RETIRE_PHONE, subject, "7-3fa9c1d2")])
    ports.texts.insert(examples.text(connection))
    ports.links.put(examples.link(connection))
    ports.opt_outs.add(examples.TENANT, f"1-{connection}", "+18005550100")
    for queue in QUEUES:
        ports.queues.send(queue, {"text": str(examples.text_ref(connection))})
    ports.payloads.put(f"20260308/{connection}", b"sealed")
    examples.keep_problem(ports, replace(examples.problem(connection), closed=Closing.CALLED))
    ports.dead_letter_store.keep(examples.letter(connection, connection[1:]))
    ports.switches.beat("agenda", examples.MOMENT)
    ports.switches.set(Switch(f"pause~{connection}", "operator", examples.MOMENT))
    moment = examples.MOMENT.replace(second=51)
    ports.rate.reserve("+18005550100", Reservation(connection, 1, 28, urgent=False), moment)
    for seconds in (0, 20, 40):
        ports.circuit.acquire(moment + timedelta(seconds=seconds))
        ports.circuit.record(False, moment + timedelta(seconds=seconds))
    shard = Shard(connection, examples.MOMENT.date(), "7")
    addition = Addition(examples.COMBINATION, dict.fromkeys(Metric, 1), examples.MOMENT)
    ports.counts.add(shard, addition, lambda: None)
    ports.number_days.insert(examples.number_key(connection), examples.number_day())
    ports.visits.insert(examples.visit(connection))
    ports.organizer_days.add(examples.organizer_day(connection), examples.LEFT_OUT, lambda: None)
    ports.launches.insert_launch(examples.launch(connection))
    ports.launches.insert_attempt(examples.attempt(connection))
    ports.sessions.insert(examples.session(connection))
    ports.linked_users.put(examples.linked_user(connection))
    ports.attendees.record(examples.attendee(connection))
    ports.audit.record(examples.entry(examples.TENANT))
