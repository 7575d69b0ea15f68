"""From messages to the phones: the same start told twice, and when it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_code.links.flows import PatientLink
from shared_code.texting.domain.reasons import ALREADY_TOLD
from shared_code.texting.domain.text import FAILED
from shared_code.texting.ports import OutcomeUnknown
from tests.unit.texting.telephone import at, moved, outcomes, phones, run, said, starts, told
from tests.world.connection import CONNECTION, LAUNCHING
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.visit import OTHER_PHONE, PHONE, START, WALL
from tests.world.world import World

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
B = {"start_local": WALL + DAY}
OTHER = {"phone": "(608)555-0143"}


def _by_a_second(minutes: float) -> bytes:
    """An S14 whose start is a second later."""
    minute = f"^^^{WALL:%Y%m%d%H%M}".encode()
    return moved(minutes).replace(minute, minute + b"01")


def _links(machine: Machine) -> list[str]:
    """The token that each text holds."""
    return [post.body.split("/v/")[1][:26] for post in machine.world.service.executed]


def _opened(machine: Machine, token: str) -> PatientLink:
    found = machine.world.services.links.patient_links.open(token).found
    assert isinstance(found, PatientLink)
    return found


def _reported(machine: Machine, delivery: str, number: int = -1) -> None:
    tag = machine.world.service.executed[number].tag
    work = {"event": "report", "text": tag, "delivery": delivery}
    machine.world.services.texting.text_results.on_event(work)


@pytest.mark.parametrize("agreed", [CONNECTION, LAUNCHING])
def test_a_phone_that_was_mistyped_for_a_while_is_not_told_again(agreed: object) -> None:
    """Right, wrong, right again: its old link shows the visit as if nothing had happened."""
    assert isinstance(agreed, type(CONNECTION))
    machine = told([siu(), moved(5, **OTHER), moved(10)], world=World(connection=agreed))

    assert phones(machine) == [PHONE, OTHER_PHONE]
    assert said(machine) == ["scheduled", "scheduled"]
    assert ("confirmation", ALREADY_TOLD.code) in outcomes(machine)
    shown = _opened(machine, _links(machine)[0])
    assert (shown.start, shown.moved, shown.moved_to) == (START, False, "")


@pytest.mark.parametrize("agreed", [CONNECTION, LAUNCHING])
def test_a_start_that_moved_by_seconds_is_no_news(agreed: object) -> None:
    """Texts say no seconds: the old link is not that of a moved visit either."""
    assert isinstance(agreed, type(CONNECTION))
    machine = told([siu(), _by_a_second(5)], world=World(connection=agreed))

    assert said(machine) == ["scheduled"]
    assert machine.world.row().start == START + SECOND
    assert ("confirmation", ALREADY_TOLD.code) in outcomes(machine)
    shown = _opened(machine, _links(machine)[0])
    assert (shown.moved, shown.moved_to) == (False, "")


def test_the_corrected_phone_hears_of_a_move_that_it_missed() -> None:
    """It was told one start; the other was told to the wrong number only."""
    machine = told([siu(), moved(5, **OTHER, **B), moved(10, **B)])

    assert phones(machine) == [PHONE, OTHER_PHONE, PHONE]
    assert said(machine) == ["scheduled", "scheduled", "changed"]
    assert starts(machine)[-1] == "11 18:30"


def test_a_move_there_and_back_on_another_phone_is_no_news() -> None:
    """What the number was told last still holds."""
    machine = told([siu(), moved(5, **OTHER, **B), moved(10)])

    assert phones(machine) == [PHONE, OTHER_PHONE]


def test_who_knows_the_start_is_told_of_its_cancellation() -> None:
    """`already_told` is an outcome of a text, not of the visit."""
    machine = told([siu(), moved(5, **OTHER), moved(10), siu("S15", at(15))])

    assert said(machine) == ["scheduled", "scheduled", "cancelled"]
    assert phones(machine)[-1] == PHONE


def test_a_start_that_failed_to_arrive_is_told_when_there_is_occasion() -> None:
    """As *scheduled*, with how to stop: for that number it is the first text."""
    machine = told([siu()])
    _reported(machine, FAILED)
    for body in (moved(10, **OTHER), moved(20)):
        machine.deliver(body)
        run(machine, 5)

    assert phones(machine) == [PHONE, OTHER_PHONE, PHONE]
    assert said(machine) == ["scheduled"] * 3
    assert [post.body.endswith("first") for post in machine.world.service.executed] == [True] * 3


def test_a_start_that_may_have_arrived_is_told_again_rather_than_left_untold() -> None:
    """Nobody can send an older version's text again; it says *scheduled* both times."""
    machine = Machine()
    machine.world.service.usual = OutcomeUnknown()
    machine.deliver(siu())
    run(machine, 10)
    machine.world.service.usual = None
    machine.deliver(_by_a_second(10))
    run(machine, 5)

    assert said(machine) == ["scheduled", "scheduled"]
