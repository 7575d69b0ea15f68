"""What stops a text, or holds it, is looked at afresh before every claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.connections.domain import Connection, ConnectionStatus, Environment
from shared_code.connections.errors import CONNECTION_NOT_APPROVED
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Reason
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.plan import RETIRE_TEXT
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    DEADLINE_PASSED,
    NOT_ON_ALLOW_LIST,
    PHONE_MISSING,
    SMS_SETUP_MISSING,
    SUPERSEDED,
)
from shared_code.texting.domain.text import TextState
from tests.world.clock import NOW
from tests.world.connection import ENABLED, TENANT, connection
from tests.world.messages import siu
from tests.world.problems import reported
from tests.world.visit import OTHER_PHONE, PHONE, START, WALL
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
TEST = Environment.TEST
HINT = NOW + timedelta(seconds=30)


def _booked(agreed: Connection | None = None) -> World:
    """A world with one booked visit; half a minute has passed."""
    world = World(agreed or connection())
    world.apply()
    world.clock.now = HINT
    world.line.calls.clear()
    return world


def _superseded(world: World) -> None:
    world.apply(siu("S14", LATER, start_local=WALL + timedelta(days=1)))


def _cancelled(world: World) -> None:
    world.apply(siu("S15", LATER))


def _erased(world: World) -> None:
    found = world.appointments.load(world.ref())
    assert found is not None
    world.appointments.remove(found.value.ref, found.etag)


def _phone_retired(world: World) -> None:
    found = world.appointments.load(world.ref())
    assert found is not None
    world.appointments.replace(found.value.with_phone(None), found.etag)


def _begun(world: World) -> None:
    world.clock.now = START


def _disabled(world: World) -> None:
    world.configure(connection(sms=None))


def _removed(world: World) -> None:
    world.connections.connections.clear()


def _made_a_test(world: World) -> None:
    world.configure(connection(environment=TEST, allow_list=frozenset({"1-x"})))


def _enabled_anew(world: World) -> None:
    world.configure(connection(sms=replace(ENABLED, enabled_since=HINT)))


def _enabled_anew_and_pending(world: World) -> None:
    anew = replace(ENABLED, enabled_since=HINT)
    world.configure(connection(sms=anew, status=ConnectionStatus.PENDING_APPROVAL))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_superseded, SUPERSEDED),
        (_cancelled, SUPERSEDED),
        (_phone_retired, PHONE_MISSING),
        (_begun, DEADLINE_PASSED),
        (_made_a_test, NOT_ON_ALLOW_LIST),
        (_enabled_anew, BEFORE_SMS_ENABLED),
        (_enabled_anew_and_pending, BEFORE_SMS_ENABLED),
    ],
)
def test_what_happened_meanwhile_stops_the_text(happens: Any, reason: Reason) -> None:
    """It ends as not sent, with its reason, and is never posted."""
    world = _booked()
    work = world.hint()
    happens(world)
    world.send(work)
    record = world.record()

    assert (TextState.NOT_SENT, reason) == (record.state, record.reason)
    assert world.service.posts == []


@pytest.mark.parametrize("lost", [_disabled, _removed])
def test_texts_under_way_wait_for_a_connection_that_is_gone(lost: Any) -> None:
    """A problem says so, until the connection is there again and the text has gone."""
    world = _booked()
    work = world.hint()
    lost(world)
    for _ in range(3):
        world.send(work)
        world.clock.advance(minutes=3)
        world.run_agenda()
        world.take(SMS_OUTBOUND)
    waiting, told = world.record(), reported(world, SMS_SETUP_MISSING)
    world.configure(connection())
    world.send(work)

    assert (TextState.READY, SMS_SETUP_MISSING.code) == (waiting.state, waiting.held_by)
    assert told == [("lamna",)]
    assert reported(world, SMS_SETUP_MISSING) == []
    assert (world.record().state, len(world.service.posts)) == (TextState.ACCEPTED, 1)


def test_a_text_whose_hint_is_lost_waits_for_its_connection_too() -> None:
    """The agenda does not take a version for settled that nobody can judge."""
    world = _booked()
    world.hint()
    _removed(world)
    world.clock.advance(minutes=5)
    world.run_agenda()
    world.configure(connection())
    world.clock.advance(minutes=5)
    world.run_agenda()
    world.send(world.hint())

    assert world.record().state is TextState.ACCEPTED


def test_nobody_waits_for_a_connection_longer_than_its_visit() -> None:
    """Then a person hears who was not told."""
    world = _booked()
    work = world.hint()
    _removed(world)
    world.send(work)
    world.clock.now = START
    world.send(work)

    assert (world.record().state, world.record().reason) == (TextState.NOT_SENT, DEADLINE_PASSED)
    assert reported(world, DEADLINE_PASSED) == [(str(world.record().ref),)]


def test_a_text_of_an_erased_appointment_leaves_nothing() -> None:
    """Neither a record nor a link: its patient may have asked for it."""
    world = _booked()
    work = world.hint()
    _erased(world)
    world.send(work)

    assert (world.texts.rows.values(), world.links.rows.values()) == ([], [])
    assert world.service.posts == []


def test_a_text_that_was_not_sent_is_erased_like_every_other() -> None:
    """Its row on the agenda is written before the record."""
    world = _booked()
    work = world.hint()
    _cancelled(world)
    world.line.calls.clear()
    world.send(work)
    duties = {row.duty for row in world.agenda.rows.values()}

    assert RETIRE_TEXT in duties
    assert world.line.calls.index("agenda.add") < world.line.calls.index("texts.insert")


@pytest.mark.parametrize(("allowed", "posts"), [(PHONE, 1), (OTHER_PHONE, 0)])
def test_a_test_connection_texts_only_its_allow_list(allowed: str, posts: int) -> None:
    """Numbers stand there as keyed hashes."""
    world = World()
    listed = frozenset({recipient_hash(world.rings, TENANT, allowed)})
    world.configure(connection(environment=TEST, allow_list=listed))
    world.apply()
    world.send(world.hint())

    assert posts == len(world.service.posts)
    assert PHONE not in listed


def test_while_a_change_waits_for_approval_the_text_waits() -> None:
    """Unclaimed, for two minutes at a time; it goes once the connection is approved."""
    world = _booked(connection(status=ConnectionStatus.PENDING_APPROVAL))
    world.send(world.hint())
    record = world.record()
    ((work, delay),) = world.take(SMS_OUTBOUND)
    world.configure(connection())
    world.send(work)
    early = world.service.posts.copy()
    world.clock.advance(seconds=delay)
    world.send(work)

    assert (TextState.READY, None, HINT + timedelta(minutes=2)) == (
        record.state,
        record.claimed_at,
        record.not_before,
    )
    assert (record.held_by, early) == (CONNECTION_NOT_APPROVED.code, [])
    assert len(world.service.posts) == 1
