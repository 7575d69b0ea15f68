"""
Connections that share one toll-free number, with visits whose reminders are due in one minute.

One visit is booked and confirmed by the flows a week before; the others are copies of it under
other names, written without simulated time passing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from local.bench.virtual import RINGS, Site
from local.simulators.epic.messages import schedule_message
from shared_code.appointments.domain import AppointmentRef
from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    Proofs,
    VirtualVisitRule,
)
from shared_code.connections.sms_setup import NumberKind, SmsSetup
from shared_code.security import keys

DUE = datetime(2026, 6, 9, 17, 0, tzinfo=UTC)
"""Noon in Chicago, a day before the visits: no text is held by quiet hours or becomes too late."""
REMINDED = datetime(2026, 6, 10, 12, 0)  # noqa: DTZ001 - a wall clock
"""The start of the visits whose reminders are due at DUE."""
NEXT_WEEK = datetime(2026, 6, 17, 12, 0)  # noqa: DTZ001 - a wall clock
_NUMBER = "+18005550100"
_BOOKED = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
_SETTLED = timedelta(minutes=5)
_LEAD = timedelta(seconds=1)


def connection(name: str) -> Connection:
    """Return an approved connection that confirms each visit and sends a reminder a day before."""
    since = _BOOKED - timedelta(days=30)
    return Connection(
        id=name,
        tenant="11111111-1111-1111-1111-111111111111",
        organization_name="Lamna Healthcare",
        contact="(608) 555-0100",
        environment=Environment.PRODUCTION,
        status=ConnectionStatus.APPROVED,
        epic_zone="America/Chicago",
        proofs=Proofs(),
        virtual_visits=VirtualVisitRule(every_visit=True),
        sms=SmsSetup(_NUMBER, NumberKind.TOLL_FREE, since, reminders=(1440,)),
    )


def site_of(names: Sequence[str], seed: int) -> Site:
    """Return a site just before DUE, without visits."""
    return Site([connection(name) for name in names], DUE - _LEAD, seed)


def book(site: Site, name: str, how_many: int, start: datetime) -> tuple[str, ...]:
    """
    Add confirmed visits to a connection, all with this start on Chicago's wall clock.

    Returns the keys by which messages name them.
    """
    original = Site([connection(name)], _BOOKED, seed=0)
    original.apply(message("S12", "0", start, _BOOKED), name)
    original.until(_BOOKED + _SETTLED)
    names = tuple(f"{start:%d}{number:05}" for number in range(how_many))
    now = site.clock.now
    for key in names:
        _copy(original, site, key)
    site.clock.now = now
    return names


def message(event: str, key: str, start: datetime, now: datetime) -> bytes:
    """Return a message that Epic sends about a visit."""
    return schedule_message(
        event, key=key, start_local=start, control_id=f"{now:%H%M%S}", created=now, processing="P"
    )


def _copy(original: Site, site: Site, key: str) -> None:
    ours, theirs = site.installation, original.installation
    (visit,) = theirs.appointments.rows.values()
    row = keys.keyed_hash(RINGS.hash, "appointment", visit.ref.connection, key)
    ref = AppointmentRef(visit.ref.connection, row)
    ours.appointments.insert(replace(visit, ref=ref, key=key))
    for record in theirs.texts.rows.values():
        ours.texts.insert(replace(record, ref=replace(record.ref, subject=ref)))
    ours.agenda.add(
        replace(duty, subject=duty.subject.replace(str(visit.ref), str(ref)))
        for duty in theirs.agenda.rows.values()
        if str(visit.ref) in duty.subject
    )
