"""Every port once: what the stories of the product are made of."""

from __future__ import annotations

from typing import Protocol

from shared_code.ports import (
    Agenda,
    Appointments,
    Audit,
    Clock,
    Connections,
    Counts,
    DeadLetterStore,
    Links,
    OptOuts,
    OptOutSource,
    Outages,
    Payloads,
    ProblemStore,
    Queues,
    Slots,
    Switches,
    Texts,
    TextSender,
    Wording,
)
from shared_code.security.keys import Rings


class Ports(Protocol):
    """Azure's (adapters.py) or memory's (local/memory). Reading one may be the first time."""

    @property
    def clock(self) -> Clock: ...

    @property
    def connections(self) -> Connections: ...

    @property
    def queues(self) -> Queues: ...

    @property
    def payloads(self) -> Payloads: ...

    @property
    def rings(self) -> Rings: ...

    @property
    def appointments(self) -> Appointments: ...

    @property
    def agenda(self) -> Agenda: ...

    @property
    def texts(self) -> Texts: ...

    @property
    def links(self) -> Links: ...

    @property
    def problem_store(self) -> ProblemStore: ...

    @property
    def dead_letter_store(self) -> DeadLetterStore: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def switches(self) -> Switches: ...

    @property
    def counts(self) -> Counts: ...

    @property
    def opt_outs(self) -> OptOuts: ...

    @property
    def opt_out_source(self) -> OptOutSource | None: ...

    @property
    def outages(self) -> Outages: ...

    @property
    def slots(self) -> Slots: ...

    @property
    def text_sender(self) -> TextSender: ...

    @property
    def wording(self) -> Wording: ...
