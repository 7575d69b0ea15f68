"""What an answer says beyond its text: this app is not let in, or the recipient said STOP."""

from __future__ import annotations

import pytest

from shared_code.consent.flows import recipient_hash
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.domain.reasons import OPTED_OUT, SMS_NOT_ADMITTED
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import NotSent, OutcomeUnknown, RefusedText, SendResult
from tests.world.connection import SENDER, TENANT
from tests.world.logs import captured_logs
from tests.world.visit import PHONE
from tests.world.world import World

SHUT = NotSent(60, reason=SMS_NOT_ADMITTED)


def _sent(*answers: SendResult, seconds: int = 0) -> World:
    """A booking, and its hint until nothing is left of the answers."""
    world = World()
    world.apply()
    world.service.answers = list(answers)
    hints = [world.hint()]
    for _ in answers:
        world.send(hints[-1])
        for hint, delay in world.take(SMS_OUTBOUND):
            world.clock.advance(seconds=delay + seconds)
            hints.append(hint)
    return world


def _counted(world: World, metric: Metric) -> dict[str, int]:
    """The metric by reason."""
    return {
        name.reason: numbers[metric]
        for tally in world.counts.tallies.values()
        for name, numbers in tally.combinations.items()
        if metric in numbers
    }


def test_a_service_that_does_not_let_the_app_in_is_a_problem_at_once() -> None:
    """One a day, named after the connection; the text is held for it, once, and goes later."""
    with captured_logs() as log:
        world = _sent(SHUT, SHUT, SHUT)
    (problem,) = world.problem_store.rows.values()
    held = world.record()

    assert (problem.code, problem.connection, problem.count) == ("sms_not_admitted", "lamna", 1)
    assert (held.state, held.held_by) == (TextState.READY, "sms_not_admitted")
    assert _counted(world, Metric.HELD) == {"sms_not_admitted": 1}
    (*_, warning) = [line for line in log.getvalue().splitlines() if '"WARNING"' in line]
    assert '"text.held"' in warning
    assert '"code": "sms_not_admitted"' in warning


def test_a_text_that_was_held_for_it_goes_when_the_service_lets_the_app_in() -> None:
    """Nothing of the hold stays."""
    world = _sent(SHUT)
    world.send({"text": str(world.record().ref)})

    assert (world.record().state, world.record().held_by) == (TextState.ACCEPTED, "")
    assert _counted(world, Metric.SENT) == {"": 1}


def test_a_trouble_that_passes_is_no_problem() -> None:
    """Too many requests, or a closed connection, say nothing about the app."""
    world = _sent(NotSent(1), NotSent(None, opened=False))

    assert list(world.problem_store.rows.values()) == []
    assert world.record().held_by == ""


@pytest.mark.parametrize("earlier", [(), (OutcomeUnknown(),)])
def test_an_opt_out_that_the_service_knows_of_is_a_stop(earlier: tuple[SendResult, ...]) -> None:
    """For the recipient and our number, whatever is known of the text itself."""
    world = _sent(*earlier, RefusedText(OPTED_OUT), seconds=30)

    hashed = recipient_hash(world.rings, TENANT, PHONE)
    assert world.opt_outs.stops(TENANT, hashed) == {SENDER}
    assert world.record().state is (TextState.CLAIMED if earlier else TextState.NOT_SENT)
    assert list(world.problem_store.rows.values()) == []
