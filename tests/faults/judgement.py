"""What must hold after all the events were processed, according to the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared_code.appointments.domain import Status
from tests.unit.texting.oracle import Said, Truth
from tests.unit.texting.telephone import said
from tests.world.connection import ZONE
from tests.world.machine import Machine

CANCELLATION_NOTICES = ("cancelled", "no_longer_virtual")


def utc(start: datetime) -> datetime:
    """Return the hospital's wall clock in UTC."""
    return start.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def wrong(machine: Machine, right: Truth, events: Sequence[Said]) -> list[str]:
    """
    Return what is wrong with the row, the last text and the outcomes; none may be texted twice.
    """
    world, row, sent = machine.world, machine.world.row(), said(machine)
    executed = world.service.executed
    found = (row.status, row.start, row.virtual, row.patient_conflict)
    faults = []
    if found != (right.status, utc(right.start), right.virtual, False):
        faults.append(f"{found}")
    if len({post.tag for post in executed}) != len(executed):
        faults.append("a text twice")
    if not all(record.is_final() for record in world.texts.rows.values()):
        faults.append("a text without outcome")
    if right.status is Status.ACTIVE and right.virtual:
        last = executed[-1] if executed else None
        if last is None or str(row.start) not in last.body or last.to != row.texting.phone:
            faults.append(f"the right time is not what was said last: {sent}")
        return faults
    if row.texting.phone is not None:
        faults.append("the phone is still there")
    if sent and sent[-1] not in _last_words(right, events):
        faults.append(f"{sent} is not how it ends")
    return faults


def _last_words(right: Truth, events: Sequence[Said]) -> tuple[str, ...]:
    """
    Return the template names that the last text may have.

    If a visit no longer takes place by video, everyone who was texted about it gets a notice. After
    a no-show no text is sent, and it may have erased the phone before; a wrong number gets no
    further texts.
    """
    numbers = {each.more.get("phone") for each in events}
    if "S26" in {each.trigger for each in events} or len(numbers) > 1:
        return (*CANCELLATION_NOTICES, "scheduled", "changed")
    office = not all(each.virtual for each in events)
    if right.status is Status.CANCELLED:
        return CANCELLATION_NOTICES if office else ("cancelled",)
    cancelled = any(each.trigger == "S15" for each in events)
    return CANCELLATION_NOTICES if cancelled else ("no_longer_virtual",)
