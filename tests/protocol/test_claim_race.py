"""Two workers and one text, over the real SDKs: the claim decides, not the SMS service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from local.azurite.emulator import Emulator
from local.memory.ports import MemoryRings, MemorySecrets
from local.memory.world import Installation
from local.simulators import server
from local.simulators.memory import Record
from local.simulators.server import RunningSimulators
from shared_code.appointments.domain import AppointmentRef
from shared_code.connections.domain import NumberKind, SmsSetup
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.adapters.acs.sender import AcsSender
from shared_code.texting.adapters.wording import Words
from shared_code.texting.domain.plan import wanted_texts
from shared_code.texting.domain.text import TextRef, TextState
from shared_code.texting.flows.send import SendText
from tests.contract.worlds import World, in_storage
from tests.support.settings import settings_for
from tests.world.clock import NOW
from tests.world.connection import CONNECTION
from tests.world.events import applied, incoming

ROUNDS = 15
FROM = "+18005550100"


@pytest.fixture(scope="module")
def forgetful_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """An SMS service that does not know that two requests are one."""
    running = server.start(tmp_path_factory.mktemp("race"))
    running.acs.configure(honour_repeatability=False, delivery=None)
    yield running
    running.stop()


def test_two_workers_send_one_text(azurite: Emulator, forgetful_service: RunningSimulators) -> None:
    """However two workers interleave on one hint, the service sees one request."""
    rings = MemoryRings()
    worlds = [in_storage(azurite.connection_string, rings) for _ in range(2)]
    senders = [_sender(forgetful_service) for _ in range(2)]
    refs = [_book(number, worlds[0]) for number in range(ROUNDS)]
    workers = [
        _sending(world, sender, rings, name)
        for world, sender, name in zip(worlds, senders, ("one", "two"), strict=True)
    ]

    for ref in refs:
        _race(ref, workers)
    for sender in senders:
        sender.close()

    posted = [record.body["smsSendOptions"]["tag"] for record in _requests(forgetful_service)]
    outcomes = [worlds[0].texts.load(ref) for ref in refs]
    assert sorted(posted) == sorted(str(ref) for ref in refs)
    assert {stored.value.state for stored in outcomes if stored} == {TextState.ACCEPTED}


def _race(ref: TextRef, workers: list[SendText]) -> None:
    together = threading.Barrier(len(workers))

    def work(sending: SendText) -> None:
        together.wait()
        sending.on_hint({"text": str(ref)}, SMS_OUTBOUND)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(work, workers))


def _book(number: int, world: World) -> TextRef:
    """An appointment that wants one text."""
    booked = applied(None, incoming(number=number + 1))
    appointment = replace(booked, ref=AppointmentRef("race", f"1-{number:032x}"))
    world.appointments.insert(appointment)
    (ref,) = wanted_texts(appointment, CONNECTION)
    return ref


def _sender(running: RunningSimulators) -> AcsSender:
    settings = settings_for(
        CONNECTOR_ACS_ENDPOINT=running.acs_url,
        CONNECTOR_ACS_KEY_SECRET="acs-key",
        CONNECTOR_TRUSTED_CA_FILE=str(running.ca_file),
    )
    return AcsSender(settings, MemorySecrets({"acs-key": running.acs_connection_key}))


_STORED = ("agenda", "texts", "links", "counts", "appointments", "queues", "switches")


def _sending(world: World, sender: AcsSender, rings: MemoryRings, worker: str) -> SendText:
    sms = SmsSetup(FROM, NumberKind.TOLL_FREE, NOW)
    connection = replace(CONNECTION, id="race", sms=sms)
    installation = Installation(
        connection=connection,
        clock=lambda: NOW,
        service=sender,
        wording=Words(),
        rings=rings,
        delay=timedelta(0),
    )
    stored = {name: getattr(world, name) for name in _STORED} | {"problem_store": world.problems}
    for name, port in stored.items():
        setattr(installation, name, port)
    return installation.services_of(worker).send_text


def _requests(running: RunningSimulators) -> list[Record]:
    return running.memory.requests("acs")
