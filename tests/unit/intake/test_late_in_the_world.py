"""Late messages, visits of no known kind, and test systems: as messages, up to the texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.texting.domain.reasons import PROCESSING_ID_NOT_ALLOWED, VISIT_KIND_UNKNOWN
from tests.world.clock import NOW
from tests.world.connection import ENABLED, connection
from tests.world.machine import Machine
from tests.world.messages import altered, siu
from tests.world.problems import reported
from tests.world.visit import OTHER_PHONE, START, WALL
from tests.world.world import World

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOON, BEGINS = WALL - 8 * DAY, START - 8 * DAY
REMINDING = connection(sms=replace(ENABLED, reminders=(1440, 60)))


def _without(body: bytes, *segments: bytes) -> bytes:
    kept = [line for line in body.split(b"\r") if line[:3] not in segments]
    return b"\r".join(kept)


def _said(machine: Machine) -> list[str]:
    return [post.body.split()[0] for post in machine.world.service.executed]


def test_a_death_that_arrives_late_keeps_a_cancellation_from_the_family() -> None:
    """The change that came before it was silent about it."""
    machine = Machine(world=World(REMINDING), skips=True)
    machine.world.apply(siu("S12", NOW, start_local=SOON))
    machine.wait(12)
    machine.world.apply(siu("S14", NOW + 4 * MINUTE, start_local=SOON))
    machine.world.apply(altered(siu("S15", NOW + 2 * MINUTE, start_local=SOON), PID_30="Y"))
    machine.until(BEGINS + DAY)

    assert _said(machine) == ["scheduled"]
    assert machine.world.row().texting.phone is None


def test_a_change_without_its_service_that_overtakes_the_booking_is_texted_in_the_end() -> None:
    """AIS says in the booking that it is a video visit."""
    machine = Machine(world=World(REMINDING), skips=True)
    machine.world.apply(_without(siu("S14", NOW + 2 * MINUTE, start_local=SOON), b"AIS"))
    unknown = reported(machine.world, VISIT_KIND_UNKNOWN)
    machine.world.apply(siu("S12", NOW, start_local=SOON))
    machine.wait(12)

    assert len(unknown) == 1
    assert _said(machine) == ["scheduled"]


@pytest.mark.parametrize("processing_id", ["T", "D"])
def test_a_visit_of_a_test_system_is_not_texted_in_production(processing_id: str) -> None:
    """Its connection allowed such messages when it was booked; other visits are reminded."""
    lenient = replace(REMINDING, processing_ids=frozenset({"P", "T", "D"}))
    machine = Machine(world=World(lenient), skips=True)
    machine.world.apply(altered(siu("S12", NOW, start_local=SOON), MSH_11=processing_id))
    machine.world.apply(siu("S12", NOW, start_local=SOON, key="2", phone="(608)555-0143"))
    machine.wait(12)
    told = len(_said(machine))
    machine.world.configure(REMINDING)
    machine.until(BEGINS)
    reasons = [each.reason for each in machine.world.texts.rows.values()]
    recipients = {post.to for post in machine.world.service.executed[told:]}

    assert told == 2
    assert _said(machine)[told:] == ["reminder", "reminder"]
    assert recipients == {OTHER_PHONE}
    assert reasons.count(PROCESSING_ID_NOT_ALLOWED) == 2
