"""
Two workers hold the same hint at the same time; one text is sent.

The service here ignores repeatability and counts every POST: only the claim prevents a second text
to the patient. tests/contract tests the real table for the same promise.
"""

from __future__ import annotations

import threading

import pytest

from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import NotSent, SendResult
from tests.faults.turns import TIMEOUT, interleaved
from tests.world.world import World

CALLS = ("texts.load", "appointments.load", "agenda.add", "links.put", "texts.insert")


def _race(world: World, work: dict[str, str], workers: int) -> None:
    """Run all workers at once; an exception in one of them fails the test."""
    errors: list[BaseException] = []

    def run(worker: str) -> None:
        try:
            world.send(work, worker)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(f"worker-{n}",)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)

    assert errors == []
    assert not any(thread.is_alive() for thread in threads)


def _hinted() -> tuple[World, dict[str, str]]:
    world = World()
    world.apply()
    world.service.forgets = True
    return world, world.hint()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("workers", [2, 4])
def test_workers_that_meet_at_one_call_send_one_text(call: str, workers: int) -> None:
    """All have read the same state; the insert decides between them."""
    world, work = _hinted()
    meeting, met = threading.Barrier(workers), threading.local()

    def meet(passing: str) -> None:
        if passing == call and not hasattr(met, "done"):
            met.done = True
            meeting.wait(TIMEOUT)

    world.line.before = meet
    _race(world, work, workers)

    assert len(world.service.posts) == 1
    assert TextState.ACCEPTED is world.record().state


def _interleaved(world: World, work: dict[str, str], seed: int) -> None:
    jobs = (lambda: world.send(work, "worker-0"), lambda: world.send(work, "worker-1"))
    interleaved(world, jobs, seed)


@pytest.mark.parametrize("answers", [[], [NotSent(60)]], ids=["accepted", "not_sent"])
def test_no_order_of_two_workers_sends_twice(answers: list[SendResult]) -> None:
    """200 interleavings of their port calls; hints that remain are handled as well."""
    for seed in range(200):
        world, work = _hinted()
        world.service.answers = list(answers)
        _interleaved(world, work, seed)
        for _ in range(3):
            for left, delay in world.take(SMS_OUTBOUND):
                world.clock.advance(seconds=delay)
                world.send(left)

        assert len(world.service.executed) == 1, f"seed {seed}"
        assert 1 + len(answers) == len(world.service.posts), f"seed {seed}"
        assert TextState.ACCEPTED is world.record().state, f"seed {seed}"


def test_two_workers_that_repeat_a_lost_claim_post_once() -> None:
    """The first worker is gone; after 30 seconds two others come, and one takes the claim over."""
    for seed in range(50):
        world, work = _hinted()

        def lost(call: str) -> None:
            if call == "sender.send":
                raise SystemExit

        world.line.before = lost
        with pytest.raises(SystemExit):
            world.send(work, "gone")
        world.clock.advance(seconds=31)
        _interleaved(world, work, seed)

        assert len(world.service.posts) == 1, f"seed {seed}"
        assert TextState.ACCEPTED is world.record().state, f"seed {seed}"
