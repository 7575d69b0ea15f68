"""
Two workers and one text, with the real SDKs: the claim prevents a second text, not the SMS service.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from local.azurite.emulator import Emulator
from local.memory.ports import MemoryConnections, MemoryRings, MemorySecrets
from local.memory.sending import ClosedCircuit, FreeRateWindow
from local.simulators import server
from local.simulators.memory import Record
from local.simulators.server import RunningSimulators
from shared_code.appointments.domain import AppointmentRef
from shared_code.appointments.ports import Appointments
from shared_code.connections.sms_setup import NumberKind, SmsSetup
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.adapters.acs.sender import AcsSender
from shared_code.texting.domain.plan import wanted_texts
from shared_code.texting.domain.text import TextRef, TextState
from shared_code.texting.flows.send import SendText
from shared_code.wiring.services import Services
from tests.support.settings import settings_for
from tests.world.clock import NOW
from tests.world.connection import CONNECTION, connection
from tests.world.events import applied, incoming
from tests.world.stored import in_storage

ROUNDS = 15
FROM = "+18005550100"


@pytest.fixture(scope="module")
def forgetful_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Return an SMS service that does not recognize a repeated request."""
    running = server.start(tmp_path_factory.mktemp("race"))
    running.acs.configure(honour_repeatability=False, delivery=None)
    yield running
    running.stop()


def test_two_workers_send_one_text(azurite: Emulator, forgetful_service: RunningSimulators) -> None:
    """However two workers interleave on one hint, the service sees one request."""
    rings, senders = MemoryRings(), [_sender(forgetful_service) for _ in range(2)]
    workers = [
        _worker(azurite, name, rings=rings, text_sender=sender)
        for name, sender in zip(("one", "two"), senders, strict=True)
    ]
    stored = workers[0].ports
    refs = [_book(number, stored.appointments) for number in range(ROUNDS)]

    for ref in refs:
        _race(ref, [worker.texting.send_text for worker in workers])
    for sender in senders:
        sender.close()

    posted = [record.body["smsSendOptions"]["tag"] for record in _requests(forgetful_service)]
    outcomes = [stored.texts.load(ref) for ref in refs]
    assert sorted(posted) == sorted(str(ref) for ref in refs)
    assert {stored.value.state for stored in outcomes if stored} == {TextState.ACCEPTED}


def _race(ref: TextRef, workers: list[SendText]) -> None:
    together = threading.Barrier(len(workers))

    def work(sending: SendText) -> None:
        together.wait()
        sending.on_hint({"text": str(ref)}, SMS_OUTBOUND)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(work, workers))


def _book(number: int, appointments: Appointments) -> TextRef:
    """Create an appointment that wants one text, with a phone that gets no other one."""
    booked = applied(None, incoming(number=number + 1, phone=f"+1608555{1000 + number}"))
    appointment = replace(booked, ref=AppointmentRef("race", f"1-{number:032x}"))
    appointments.insert(appointment)
    (ref,) = wanted_texts(appointment, CONNECTION)
    return ref


def _sender(running: RunningSimulators) -> AcsSender:
    settings = settings_for(
        CONNECTOR_ACS_ENDPOINT=running.acs_url,
        CONNECTOR_ACS_KEY_SECRET="acs-key",
        CONNECTOR_TRUSTED_CA_FILE=str(running.ca_file),
    )
    return AcsSender(settings, MemorySecrets({"acs-key": running.acs_connection_key}))


def _worker(azurite: Emulator, name: str, **own: object) -> Services:
    """Return a worker on the ports as deployed, with a sending number of its own."""
    sms = SmsSetup(FROM, NumberKind.TOLL_FREE, NOW)
    ports = in_storage(
        azurite.connection_string,
        connections=MemoryConnections({"race": connection(id="race", sms=sms)}),
        rate=FreeRateWindow(),
        circuit=ClosedCircuit(),
        **own,
    )
    return Services(replace(ports.settings, confirmation_delay=timedelta(0)), ports, name)


def _requests(running: RunningSimulators) -> list[Record]:
    return running.memory.requests("acs")
