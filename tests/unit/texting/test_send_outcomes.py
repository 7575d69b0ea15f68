"""What becomes of a claim: accepted, not sent, refused, unknown, lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.errors import Conflict
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.texting.domain.reasons import (
    NEVER_NOTIFIED,
    OUTCOME_UNKNOWN,
    REFUSED_BY_CARRIER,
    SUPERSEDED,
)
from shared_code.texting.domain.text import TextKind, TextState
from shared_code.texting.ports import NotSent, OutcomeUnknown, RefusedText, SendResult
from tests.world.clock import NOW
from tests.world.line import unavailable
from tests.world.messages import siu
from tests.world.visit import WALL
from tests.world.world import World

LATER = NOW + timedelta(minutes=5)
CARRIER, UNKNOWN = RefusedText(REFUSED_BY_CARRIER), OutcomeUnknown()


def _world(*answers: SendResult) -> tuple[World, dict[str, str]]:
    world = World()
    world.apply()
    world.service.answers = list(answers)
    return world, world.hint()


def _again(world: World) -> dict[str, str]:
    """The hint that was put back, when it comes."""
    ((work, delay),) = world.take(SMS_OUTBOUND)
    world.clock.advance(seconds=delay)
    return work


def test_a_refusal_is_the_end() -> None:
    """Not sent, with the reason; the same again would not help."""
    world, work = _world(CARRIER)
    world.send(work)

    assert (
        world.record().state,
        world.record().reason,
    ) == (TextState.NOT_SENT, REFUSED_BY_CARRIER)
    assert world.take(SMS_OUTBOUND) == []


@pytest.mark.parametrize(("retry_after", "delay"), [(None, 0), (0, 0), (17, 17), (900, 900)])
def test_not_sent_is_ready_again_when_the_service_says(retry_after: int | None, delay: int) -> None:
    """Or at once the first time; the hint comes back then, and not earlier."""
    world, work = _world(NotSent(retry_after))
    world.send(work)
    record = world.record()

    assert (TextState.READY, 1, NOW + timedelta(seconds=delay)) == (
        record.state,
        record.resets,
        record.not_before,
    )
    assert [({**work, "attempt": "2"}, delay)] == world.take(SMS_OUTBOUND)


def test_a_ready_text_is_not_claimed_before_its_time() -> None:
    """Whoever comes earlier waits for the rest."""
    world, work = _world(NotSent(60))
    world.send(work)
    world.take(SMS_OUTBOUND)
    world.clock.advance(seconds=20)
    world.send(work, "worker-2")
    ((_, delay),) = world.take(SMS_OUTBOUND)

    assert (delay, len(world.service.posts)) == (40, 1)


def test_a_reset_text_is_a_new_request() -> None:
    """Another id and first_sent: the service has never seen it."""
    world, work = _world(NotSent(60))
    world.send(work)
    world.send(_again(world))
    first, second = world.service.posts

    assert first.request_id != second.request_id
    assert timedelta(seconds=60) == second.first_sent - first.first_sent
    assert first.tag == second.tag
    assert world.record().state == TextState.ACCEPTED


def test_an_unknown_outcome_is_the_same_request_again() -> None:
    """After 30 seconds, with id and first_sent of the first: the service knows it."""
    world, work = _world(UNKNOWN)
    world.send(work)
    again = _again(world)
    waited = world.clock() - NOW
    world.send(again, "worker-2")
    first, second = world.service.posts

    assert timedelta(seconds=30) == waited
    assert first == second
    assert len(world.service.executed) == 1
    assert (
        world.record().state,
        world.record().claimed_by,
        world.record().repeats,
    ) == (TextState.ACCEPTED, "worker-2", 1)


@pytest.mark.parametrize("answer", [UNKNOWN, NotSent(1), NotSent(), CARRIER])
def test_after_four_minutes_it_is_unknown(answer: SendResult) -> None:
    """A repeat that was not sent says nothing of the first; a person is told, nothing is posted."""
    world, work = _world(UNKNOWN)
    world.service.usual = answer
    world.send(work)
    while world.record().state is not TextState.UNKNOWN:
        assert world.record().state is TextState.CLAIMED
        world.send(_again(world))
    posts = world.service.posts
    world.clock.advance(days=1)
    world.send(work)
    (problem,) = world.problem_store.rows.values()

    assert len({(post.request_id, post.first_sent) for post in posts}) == 1
    assert len(posts) <= 8
    assert (OUTCOME_UNKNOWN.code, (work["text"],)) == (problem.code, problem.subjects)
    assert world.record().reason == OUTCOME_UNKNOWN
    assert world.take(SMS_OUTBOUND) == []


def test_a_claim_without_outcome_is_repeated_once_its_maker_had_its_time() -> None:
    """A worker that died before or after its POST costs half a minute, not the text."""
    world, work = _world()

    class Killed(BaseException):
        """A worker dies."""

    def dies(call: str) -> None:
        if call == "sender.send":
            raise Killed

    world.line.before = dies
    with pytest.raises(Killed):
        world.send(work)
    world.line.before = unavailable()
    world.clock.advance(seconds=29)
    world.send(work, "worker-2")
    early = list(world.service.posts)
    world.send(_again(world), "worker-2")

    assert (early, len(world.service.executed)) == ([], 1)
    assert (world.record().first_sent, world.record().state) == (NOW, TextState.ACCEPTED)


def test_a_claim_that_must_no_longer_be_sent_is_given_up() -> None:
    """Cancelled while the outcome was unknown: never repeated, and said so."""
    world, work = _world(UNKNOWN)
    world.send(work)
    again = _again(world)
    world.apply(siu("S15", LATER))
    world.take(SMS_OUTBOUND)
    world.send(again)

    assert (world.record().state, len(world.service.posts)) == (TextState.UNKNOWN, 1)
    assert len(world.problem_store.rows.values()) == 1


def test_a_claim_whose_words_changed_is_given_up() -> None:
    """A repeat must be the same request; other words would be another text."""
    world, work = _world(UNKNOWN)
    world.send(work)
    world.apply(siu("S14", LATER, language="SPA"))
    world.send(_again(world))

    assert (world.record().state, len(world.service.posts)) == (TextState.UNKNOWN, 1)


def test_a_repeat_says_what_it_said_whatever_was_told_meanwhile() -> None:
    """A reminder went out while the first text's answer was lost: the repeat is the same one."""
    world, work = _world(UNKNOWN)
    world.send(work)
    confirmation = world.record()
    reminder = replace(confirmation.ref, kind=TextKind.REMINDER, offset=60)
    world.texts.insert(replace(confirmation, ref=reminder, state=TextState.ACCEPTED))
    world.send(_again(world))
    first, second = world.service.posts

    assert first == second
    assert first.body.endswith("first")


@pytest.mark.parametrize("call", ["texts.load", "appointments.load", "agenda.add", "texts.insert"])
def test_storage_that_does_not_answer_puts_the_hint_back(call: str) -> None:
    """Nothing is posted that is not claimed."""
    world, work = _world()
    world.line.before = unavailable(call)
    world.send(work)
    posts = list(world.service.posts)
    world.line.before = unavailable()
    world.send(_again(world))

    assert (posts, len(world.service.posts)) == ([], 1)


def test_an_outcome_that_cannot_be_written_is_asked_for_again() -> None:
    """The same request: the service accepts it a second time and executes it once."""
    world, work = _world()
    world.line.before = unavailable("texts.replace", times=1)
    world.send(work)
    world.send(_again(world))
    world.send(_again(world))

    assert (len(world.service.posts), len(world.service.executed)) == (2, 1)
    assert world.record().state == TextState.ACCEPTED


@pytest.mark.parametrize("state", [TextState.CLAIMED, TextState.UNKNOWN])
def test_an_acceptance_is_the_truth_whoever_wrote_meanwhile(state: TextState) -> None:
    """A slow worker that knows more than the worker that took over or gave up is believed."""
    world, work = _world()

    def meanwhile(call: str) -> None:
        if call == "sender.send":
            found = world.texts.load(world.record().ref)
            assert found is not None
            other = found.value.taken_over("worker-2", NOW + timedelta(seconds=31))
            world.texts.replace(replace(other, state=state), found.etag)

    world.line.after = meanwhile
    world.send(work)

    assert (world.record().state, world.record().message_id) == (TextState.ACCEPTED, "sent")


def test_an_acceptance_after_somebody_gave_up_settles_the_problem() -> None:
    """The other worker did not wait for the answer, and reported that nobody knows."""
    world, work = _world()

    def meanwhile(call: str) -> None:
        if call == "sender.send" and world.record().state is TextState.CLAIMED:
            world.clock.advance(minutes=5)
            world.send(work, "worker-2")

    world.line.before = meanwhile
    world.send(work)
    (problem,) = world.problem_store.rows.values()

    assert world.record().state is TextState.ACCEPTED
    assert (problem.code, problem.subjects, problem.settled) == ("outcome_unknown", (), 1)


@pytest.mark.parametrize("seconds", [10**6, 10**9, 10**13])
def test_an_absurd_retry_after_is_cut_to_what_a_queue_can_hold(seconds: int) -> None:
    """A message sleeps for seven days at most; the service does not decide our deadline."""
    world, work = _world(NotSent(seconds))
    world.send(work)
    ((_, delay),) = world.take(SMS_OUTBOUND)

    assert delay <= 7 * 24 * 3600
    assert world.record().state == TextState.READY


def test_a_text_whose_version_passed_while_it_was_being_claimed_is_withdrawn() -> None:
    """It looked before the cancel; the cancel looked before its claim, and told nobody."""
    world, work = _world()

    def cancelled_meanwhile(call: str) -> None:
        if call == "texts.insert":
            world.line.before = unavailable()
            world.apply(siu("S15", LATER))
            for hint, _ in world.take(SMS_URGENT):
                world.send(hint)

    world.line.before = cancelled_meanwhile
    world.send(work)
    reasons = {(r.ref.kind, r.reason) for r in world.texts.rows.values()}

    assert world.service.posts == []
    assert reasons == {
        (TextKind.CONFIRMATION, SUPERSEDED),
        (TextKind.CANCELLATION, NEVER_NOTIFIED),
    }


def test_a_repeat_whose_version_passed_is_unknown() -> None:
    """The first request may have been executed: it is not said that it was not."""
    world, work = _world(UNKNOWN)
    world.send(work)
    again = _again(world)

    def moved_meanwhile(call: str) -> None:
        if call == "texts.replace":
            world.line.before = unavailable()
            world.apply(siu("S14", LATER, start_local=WALL + timedelta(days=1)))

    world.line.before = moved_meanwhile
    world.send(again)
    record = next(r for r in world.texts.rows.values() if str(r.ref) == work["text"])

    assert (record.state, len(world.service.posts)) == (TextState.UNKNOWN, 1)


def test_a_claim_whose_answer_was_lost_is_known_again() -> None:
    """Storage was asked twice and says Conflict: the claim is our own, and the text goes."""
    world, work = _world()

    def answer_lost(call: str) -> None:
        if call == "texts.insert":
            world.line.after = unavailable()
            raise Conflict

    world.line.after = answer_lost
    world.send(work)

    assert (world.record().state, len(world.service.posts)) == (TextState.ACCEPTED, 1)
