"""
The composition root: settings → adapters → what each flow needs, lazily, once per worker.

Everything is made when first asked for, under one lock: functions run in parallel threads. The
HL7 door asks only for what it needs, so its app never imports the rest.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from shared_code.clock import clock_with_offset, system_clock
from shared_code.ports import (
    Clock,
    Connections,
    OptOutSource,
    Outages,
    Queues,
    Slots,
    Switches,
    TextSender,
)
from shared_code.settings import Role, Settings

if TYPE_CHECKING:
    from shared_code.flows.agenda_duties import Duties
    from shared_code.flows.apply_schedule import Scheduling
    from shared_code.flows.bury import Graveyard
    from shared_code.flows.health import Health
    from shared_code.flows.metrics import Counting
    from shared_code.flows.operator_request import Operator
    from shared_code.flows.patient_links import LinkMaker, Visitors
    from shared_code.flows.post_text import Poster
    from shared_code.flows.receive_hl7 import Door
    from shared_code.flows.record_text_result import Results
    from shared_code.flows.send_text import Dispatch
    from shared_code.flows.storm_brake import Watch
    from shared_code.security.keys import Rings
    from shared_code.storage.agenda import TableAgenda
    from shared_code.storage.appointments import TableAppointments
    from shared_code.storage.connect import StorageAccount
    from shared_code.storage.dead_letters import StoredDeadLetters
    from shared_code.storage.links import TableLinks
    from shared_code.storage.optouts import TableOptOuts
    from shared_code.storage.payloads import BlobPayloads
    from shared_code.storage.problems import TableProblems
    from shared_code.storage.texts import TableTexts
    from shared_code.vault.secrets import VaultSecrets


@cache
def services() -> Services:
    """The services of this worker."""
    return Services(Settings.from_environment())


class once[T]:
    """A property that is worked out once; later reads do not even come here."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Services, owner: type) -> T:
        with instance.lock:
            if self._name not in instance.__dict__:
                instance.__dict__[self._name] = self._make(instance)
            value: T = instance.__dict__[self._name]
            return value


class Services:
    """Everything the doors hand to the flows."""

    def __init__(self, settings: Settings) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        offset = settings.clock_offset_file
        self.clock: Clock = clock_with_offset(offset) if offset else system_clock

    def health(self) -> Health:
        """What GET /health answers for this app's role."""
        from shared_code.flows.health import door_health, work_health

        if self.settings.role is Role.HL7:
            return door_health(self.queues, self.rings)
        return work_health(self.switches, self.clock)

    @once
    def door(self) -> Door:
        """For the HL7 door."""
        from shared_code.flows.receive_hl7 import Door

        return Door(
            connections=self.connections,
            queues=self.queues,
            payloads=self.payloads,
            rings=self.rings,
            clock=self.clock,
            certificates_from_platform=self.settings.certificates_from_platform,
        )

    @once
    def graveyard(self) -> Graveyard:
        """For dead letters and operators."""
        from shared_code.flows.bury import Graveyard
        from shared_code.storage.audit import TableAudit

        return Graveyard(
            connections=self.connections,
            agenda=self.agenda,
            dead_letters=self.dead_letters,
            problems=self.problems,
            payloads=self.payloads,
            queues=self.queues,
            audit=TableAudit(self.account),
            clock=self.clock,
        )

    @once
    def operator(self) -> Operator:
        """For what operators do by command."""
        from shared_code.flows.operator_request import Operator

        return Operator(
            yard=self.graveyard,
            appointments=self.appointments,
            texts=self.texts,
            switches=self.switches,
            counts=self.counting.counts,
            rings=self.rings,
            grace=self.settings.grace,
        )

    @once
    def watch(self) -> Watch:
        """For the storm brake."""
        from shared_code.flows.storm_brake import Watch

        return Watch(
            connections=self.connections,
            slots=self.slots,
            switches=self.switches,
            agenda=self.agenda,
            problems=self.problems,
            clock=self.clock,
        )

    @once
    def scheduling(self) -> Scheduling:
        """For messages that become appointments."""
        from shared_code.flows.apply_schedule import Scheduling

        return Scheduling(
            appointments=self.appointments,
            yard=self.graveyard,
            rings=self.rings,
            grace=self.settings.grace,
            confirmation_delay=self.settings.confirmation_delay,
        )

    @once
    def dispatch(self) -> Dispatch:
        """For texts."""
        from shared_code.flows.send_text import Dispatch
        from shared_code.flows.text_gates import Gates

        return Dispatch(
            connections=self.connections,
            appointments=self.appointments,
            queues=self.queues,
            outages=self.outages,
            slots=self.slots,
            gates=Gates(self.switches, self.opt_outs, self.opt_out_source, self.rings),
            poster=self.poster,
        )

    @once
    def poster(self) -> Poster:
        """For the request to the SMS service."""
        from shared_code.flows.post_text import Poster
        from shared_code.sms.words import Words

        return Poster(
            agenda=self.agenda,
            texts=self.texts,
            problems=self.problems,
            sender=self.text_sender,
            wording=Words(),
            links=self.link_maker,
            rings=self.rings,
            counting=self.counting,
            confirmation_delay=self.settings.confirmation_delay,
            clock=self.clock,
            maker=f"{socket.gethostname()}-{os.getpid()}",
        )

    @once
    def results(self) -> Results:
        """For what the SMS service reports later."""
        from shared_code.flows.record_text_result import Results

        return Results(
            connections=self.connections,
            texts=self.texts,
            opt_outs=self.opt_outs,
            queues=self.queues,
            rings=self.rings,
            counting=self.counting,
            clock=self.clock,
        )

    @once
    def duties(self) -> Duties:
        """For the agenda."""
        from shared_code.flows.agenda_duties import Duties
        from shared_code.flows.run_agenda import several_at_a_time

        return Duties(
            connections=self.connections,
            appointments=self.appointments,
            agenda=self.agenda,
            texts=self.texts,
            links=self.links,
            queues=self.queues,
            problems=self.problems,
            dead_letters=self.dead_letters,
            payloads=self.payloads,
            switches=self.switches,
            counting=self.counting,
            clock=self.clock,
            spread=several_at_a_time,
        )

    @once
    def visitors(self) -> Visitors:
        """For patients who open their link."""
        from shared_code.flows.patient_links import Visitors

        return Visitors(
            self.link_maker,
            self.appointments,
            self.connections,
            self.opt_outs,
            self.rings,
            self.clock,
        )

    @once
    def link_maker(self) -> LinkMaker:
        """Patients' links."""
        from shared_code.flows.patient_links import LinkMaker

        return LinkMaker(self.links, self.agenda, self.settings.public_url)

    @once
    def counting(self) -> Counting:
        """What becomes of texts, by day."""
        from shared_code.flows.metrics import Counting
        from shared_code.storage.counts import TableCounts

        return Counting(TableCounts(self.account), self.agenda, self.clock)

    @once
    def opt_outs(self) -> TableOptOuts:
        """Who said STOP."""
        from shared_code.storage.optouts import TableOptOuts

        return TableOptOuts(self.account)

    @once
    def opt_out_source(self) -> OptOutSource | None:
        """The SMS service's own list, where a setting says that it can be asked."""
        from shared_code.sms.optouts import ServiceOptOuts

        asked = self.settings.checks_opt_outs
        return ServiceOptOuts(self.settings, self.secrets) if asked else None

    @once
    def outages(self) -> Outages:
        """Whether the SMS service answers."""
        from shared_code.storage.outages import TableOutages

        return TableOutages(self.account, self.settings.acs_endpoint)

    @once
    def slots(self) -> Slots:
        """The rate of the sending numbers."""
        from shared_code.storage.slots import TableSlots

        return TableSlots(self.account)

    @once
    def account(self) -> StorageAccount:
        """The storage account."""
        from shared_code.storage.connect import StorageAccount

        return StorageAccount(self.settings)

    @once
    def connections(self) -> Connections:
        """The connections, from their file."""
        from shared_code.sms.words import language_of
        from shared_code.storage.connection_file import ConnectionsFile

        return ConnectionsFile(self.settings.connections_file, language_of)

    @once
    def queues(self) -> Queues:
        """All queues."""
        from shared_code.storage.queues import StorageQueues

        return StorageQueues(self.account)

    @once
    def payloads(self) -> BlobPayloads:
        """Large messages."""
        from shared_code.storage.payloads import BlobPayloads

        return BlobPayloads(self.account)

    @once
    def appointments(self) -> TableAppointments:
        """Appointments."""
        from shared_code.storage.appointments import TableAppointments

        return TableAppointments(self.account, self.rings)

    @once
    def agenda(self) -> TableAgenda:
        """The agenda."""
        from shared_code.storage.agenda import TableAgenda

        return TableAgenda(self.account)

    @once
    def texts(self) -> TableTexts:
        """Claims and outcomes."""
        from shared_code.storage.texts import TableTexts

        return TableTexts(self.account)

    @once
    def links(self) -> TableLinks:
        """Patients' links."""
        from shared_code.storage.links import TableLinks

        return TableLinks(self.account)

    @once
    def problems(self) -> TableProblems:
        """Problems."""
        from shared_code.storage.problems import TableProblems

        return TableProblems(self.account)

    @once
    def dead_letters(self) -> StoredDeadLetters:
        """Dead letters."""
        from shared_code.storage.dead_letters import StoredDeadLetters

        return StoredDeadLetters(self.account, self.rings, self.clock)

    @once
    def switches(self) -> Switches:
        """Facts about the installation."""
        from shared_code.storage.switches import TableSwitches

        return TableSwitches(self.account)

    @once
    def secrets(self) -> VaultSecrets:
        """The key vault."""
        from shared_code.vault.secrets import VaultSecrets

        return VaultSecrets(self.settings, self.clock)

    @once
    def rings(self) -> Rings:
        """The key rings."""
        from shared_code.vault.rings import VaultRings

        return VaultRings(self.secrets)

    @once
    def text_sender(self) -> TextSender:
        """Azure Communication Services."""
        from shared_code.sms.acs import AcsSender

        return AcsSender(self.settings, self.secrets)
