"""
From receiving a message to queueing its text: how many storage operations, and how slow.

The time is compared with the same operations without our code. The flows run in this process, on
the real adapters and the stack's storage; the web host must be stopped, or it would take the work.
"""

from __future__ import annotations

import base64
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from azure.core.exceptions import ResourceNotFoundError
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from local import seed
from local.bench.counting import counted
from local.demo.machine import Machine
from shared_code.intake.flows.receive import CERTIFICATE_HEADER, Hl7Request
from shared_code.queues import HL7_INBOUND, Queues
from shared_code.settings import Settings
from shared_code.wiring.azure import AzurePorts
from shared_code.wiring.services import Services

_MESSAGES = 60
_ROUNDS = 5
_AREAS = (608, 414, 262, 715)
"""Every message is about another number: what one number gets in a day is counted in one row."""


@dataclass(slots=True)
class _Keeping:
    """The real queues. What is sent to `hl7-inbound` is also kept here, for the worker's half."""

    queues: Queues
    works: list[Mapping[str, str]] = field(default_factory=list)

    def send(self, queue: str, work: Mapping[str, str], delay_seconds: int = 0) -> None:
        self.queues.send(queue, work, delay_seconds)
        if queue == HL7_INBOUND:
            self.works.append(work)

    def can_send(self, queue: str) -> bool:
        return self.queues.can_send(queue)

    def depth(self, queue: str) -> int:
        return self.queues.depth(queue)

    def drain_poison(self, queue: str, keep: Callable[[str], None]) -> int:
        return self.queues.drain_poison(queue, keep)


class Ingest:
    """One message: receive it over HTTP, then apply it from the queue."""

    def __init__(self, machine: Machine) -> None:
        environment = machine.stack.environment
        os.environ.update({name: environment[name] for name in environment if "IDENTITY" in name})
        ours = {name: environment[name] for name in environment if "IDENTITY" not in name}
        settings = Settings.from_environment({**ours, "CONNECTOR_ROLE": "all"})
        self.ports = AzurePorts(settings)
        self.services = Services(settings, self.ports)
        self._queues = _Keeping(self.ports.queues)
        messages = replace(self.services.intake.sealed_messages, queues=self._queues)
        self._door = replace(self.services.intake.receive_hl7, messages=messages)
        file = machine.stack.certificates.identities["epic"].certificate
        der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
        self._headers = {CERTIFICATE_HEADER: base64.b64encode(der).decode("ascii")}

    def one(self, body: bytes) -> None:
        """Process one message. Raises RuntimeError if it is not accepted."""
        answer = self._door.receive(Hl7Request(seed.PRODUCTION, self._headers, body, "bench"))
        if b"MSA|AA" not in answer.body:
            raise RuntimeError("the message was not acknowledged")
        self.services.intake.apply_schedule.on_message(self._queues.works.pop())


class _Bare:
    """The same operations on tables and queues of the same account, without our code."""

    def __init__(self, ports: AzurePorts) -> None:
        self._numbers = count(time.monotonic_ns())
        self._queue = ports.account.queue("bench")
        self._table = ports.account.table("bench")
        self._queue.create_queue()
        self._table.create_table()

    def one(self) -> None:
        """
        Enqueue, read, write four agenda rows (two of them reminders), write the row, send the hint.
        """
        key = str(next(self._numbers))
        self._queue.send_message("x" * 1400, time_to_live=-1)
        try:
            self._table.get_entity("a", key)
        except ResourceNotFoundError:
            for name in ("b", "c", "d", "e"):
                self._table.upsert_entity({"PartitionKey": name, "RowKey": key})
            self._table.create_entity({"PartitionKey": "a", "RowKey": key, "words": "x" * 600})
        self._queue.send_message("x" * 200, time_to_live=-1, visibility_timeout=30)


def measure(machine: Machine) -> dict[str, float]:
    """Measure a new S12 and an unchanged S14, then messages and bare operations alternately."""
    ingest = Ingest(machine)
    bare = _Bare(ingest.ports)
    phones = (f"+1{area}55501{place:02d}" for area in _AREAS for place in range(2, 100))
    ingest.one(
        machine.booking(machine.new_key(), next(phones))
    )  # tables exist and connections are open now
    key, phone = machine.new_key(), next(phones)
    with counted() as new:
        ingest.one(machine.booking(key, phone))
    with counted() as unchanged:
        ingest.one(machine.booking(key, phone, event="S14"))
    ratios, rates = [], []
    for _ in range(_ROUNDS):
        bodies = [machine.booking(machine.new_key(), next(phones)) for _ in range(_MESSAGES)]
        without = _timed(lambda _: bare.one(), bodies)
        ours = _timed(ingest.one, bodies)
        ratios.append(without / ours)
        rates.append(_MESSAGES / ours)
    return {
        "storage_operations_s12": new.number,
        "storage_operations_unchanged_s14": unchanged.number,
        "ingest_vs_storage_ceiling": statistics.median(ratios),
        "ingest_messages_per_second": statistics.median(rates),
    }


def _timed(work: Callable[[bytes], None], bodies: list[bytes]) -> float:
    began = time.perf_counter()
    for body in bodies:
        work(body)
    return time.perf_counter() - began
