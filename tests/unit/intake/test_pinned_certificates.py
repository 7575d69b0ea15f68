"""Pinned certificates: administrators learn in time that one ends, and of a foreign purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared_code.connections.domain import ConnectionStatus, Proofs
from shared_code.errors import Code
from shared_code.intake.flows.pinned_certificates import (
    CERTIFICATE_ENDS,
    CERTIFICATE_USAGE_FOREIGN,
)
from tests.world.certificates import CLIENT_AUTH, DAY, SERVER_AUTH, der
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.world import World

LASTING = der("p256", ends=400 * DAY)


def _world(*pinned: bytes, **changes: Any) -> World:
    proofs = Proofs(certificates=pinned, **changes.pop("proofs", {}))
    return World(connection(proofs=proofs, **changes))


def _look(world: World) -> list[tuple[Code, str]]:
    """Return code and connection of every problem after a look."""
    world.services.intake.pinned_certificates.look()
    return [(each.code, each.connection) for each in world.problem_store.list()]


@pytest.mark.parametrize(
    ("ends", "reported"),
    [
        (31 * DAY, False),
        (30 * DAY + timedelta(seconds=1), False),
        (30 * DAY, True),
        (DAY, True),
        (timedelta(0), True),
        (-DAY, True),
        (-800 * DAY, True),
    ],
)
def test_an_end_is_a_problem_from_thirty_days_before(ends: timedelta, reported: bool) -> None:
    """And stays one when the certificate has ended, until it is taken out of the file."""
    with captured_logs() as log:
        problems = _look(_world(LASTING, der("p384", begins=-900 * DAY, ends=ends)))

    assert ([(CERTIFICATE_ENDS.code, "lamna")] if reported else []) == problems
    assert reported == ('"code": "certificate_ends"' in log.getvalue())


def test_a_certificate_that_is_not_valid_yet_is_no_problem() -> None:
    """The next one is pinned before it begins."""
    assert _look(_world(LASTING, der(begins=DAY, ends=400 * DAY))) == []


def test_there_is_one_problem_a_day_and_connection() -> None:
    """However often and by however many workers it is looked, and however many of them end."""
    world = _world(der(ends=2 * DAY), der("p384", ends=-DAY / 2))
    for hour in range(5):
        world.clock.now = NOW + timedelta(hours=hour)
        world.services_of(f"worker-{hour}").intake.pinned_certificates.look()
        _look(world)

    assert len(_look(world)) == 1

    world.clock.now = NOW + DAY
    assert [(CERTIFICATE_ENDS.code, "lamna")] * 2 == _look(world)


def test_a_worker_looks_once_an_hour() -> None:
    """In between nothing is asked of storage; a clock that was set back does not stop it."""
    world = _world(der(ends=2 * DAY))
    worker = world.services.intake.pinned_certificates
    looked = []
    for moment in (NOW, NOW + timedelta(minutes=59), NOW + timedelta(hours=1), NOW - DAY):
        world.clock.now = moment
        with captured_logs() as log:
            worker.look()
        looked.append("certificate.warning" in log.getvalue())

    assert looked == [True, False, True, True]


@pytest.mark.parametrize(
    ("usages", "reported"),
    [((), False), ((CLIENT_AUTH,), False), ((SERVER_AUTH,), True)],
)
def test_a_foreign_purpose_is_a_problem(usages: tuple[Any, ...], reported: bool) -> None:
    """Public authorities issue for servers only; the pinned key is accepted all the same."""
    problems = _look(_world(der("p256", usages=usages, ends=400 * DAY)))

    assert ([(CERTIFICATE_USAGE_FOREIGN.code, "lamna")] if reported else []) == problems


def test_the_purpose_does_not_matter_for_signatures() -> None:
    """Nobody presents the certificate of a connection that is only signed for."""
    pinned = der("p256", usages=(SERVER_AUTH,), ends=400 * DAY)

    assert _look(_world(pinned, proofs={"client_certificate": False, "signature": True})) == []


def test_a_connection_that_accepts_nothing_is_not_looked_at() -> None:
    """What has not been approved is still being set up."""
    draft = {"status": ConnectionStatus.DRAFT, "approved_before": False}

    assert _look(_world(der(ends=DAY), **draft)) == []


def test_storage_that_does_not_answer_is_asked_again() -> None:
    """By the next minute's look, and the caller goes on."""
    world = _world(der(ends=DAY))
    usual = world.line.before
    world.line.before = unavailable("agenda.add")
    with captured_logs() as log:
        assert _look(world) == []
    world.line.before = usual

    assert "certificate.not_reported" in log.getvalue()
    assert [(CERTIFICATE_ENDS.code, "lamna")] == _look(world)
