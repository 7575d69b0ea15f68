"""A text whose outcome nobody knows, and an operator who lets it be sent again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.operating.domain import OPERATOR
from shared_code.operating.errors import TEXT_HAS_OUTCOME
from shared_code.operating.flows.json_door import Answer
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER, SUPERSEDED
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import OutcomeUnknown, RefusedText
from tests.world.clock import NOW
from tests.world.messages import siu
from tests.world.visit import PHONE, WALL
from tests.world.world import World

REPEATS_END = timedelta(minutes=5)


def _ask(world: World, action: str, **arguments: object) -> tuple[int, Answer]:
    body = json.dumps(arguments).encode()
    return world.services.operating.json_door.run(action, body, OPERATOR)


def _again(world: World) -> tuple[int, Answer]:
    return _ask(world, "send-again", text=str(world.record().ref))


def _unknown() -> World:
    """One text of which the service's answers were lost until nobody asked any more."""
    world = World()
    world.service.usual = OutcomeUnknown()
    world.apply()
    work = world.hint()
    world.send(work)
    world.clock.advance(minutes=5)
    world.send(work)
    world.service.usual = None
    assert world.record().state is TextState.UNKNOWN
    return world


def _work_off(world: World) -> None:
    for work, _ in world.take(SMS_URGENT):
        world.send(work)


def test_the_problem_names_the_text_that_can_be_sent_again() -> None:
    """What the list of problems says is what the command takes; nobody's number is in it."""
    world = _unknown()
    status, answer = _ask(world, "problems")
    problems = answer["problems"]

    assert isinstance(problems, list)
    assert (status, [problem["code"] for problem in problems]) == (200, ["outcome_unknown"])
    assert problems[0]["subjects"][0] == str(world.record().ref)
    assert PHONE not in json.dumps(answer)
    assert _ask(world, "send-again", text=problems[0]["subjects"][0])[0] == 200


def test_it_is_a_new_request() -> None:
    """The service has forgotten the old one, or must not take the new one for it."""
    world = _unknown()
    status, _ = _again(world)
    _work_off(world)
    first, *_, last = world.service.posts

    assert (status, world.record().state) == (200, TextState.ACCEPTED)
    assert (first.tag, first.to, first.body) == (last.tag, last.to, last.body)
    assert first.request_id != last.request_id
    assert [entry.action for entry in world.audit.entries] == ["send-again"]


def test_once_it_is_accepted_nobody_has_to_look_it_up() -> None:
    """The problem leaves the list with the acceptance, and not before."""
    world = _unknown()
    _again(world)
    before = _ask(world, "problems")[1]["problems"]
    _work_off(world)

    assert isinstance(before, list)
    assert [problem["code"] for problem in before] == ["outcome_unknown"]
    assert _ask(world, "problems")[1]["problems"] == []


def test_a_lost_hint_is_found_by_the_agenda() -> None:
    """The duty is written before the text becomes free."""
    world = _unknown()
    _again(world)
    world.take(SMS_URGENT)
    world.clock.advance(minutes=1)
    world.run_agenda()
    _work_off(world)

    assert world.record().state is TextState.ACCEPTED


def test_asked_for_twice_it_is_sent_once() -> None:
    """Two operators, or one with two clicks."""
    world = _unknown()
    assert _again(world)[0] == 200
    status, answer = _again(world)
    _work_off(world)
    third, _ = _again(world)

    assert (status, answer["code"]) == (409, TEXT_HAS_OUTCOME.code)
    assert third == 409
    assert len({post.request_id for post in world.service.posts}) == 2


def test_a_report_that_comes_meanwhile_is_the_end() -> None:
    """The carrier says that the old request arrived: nothing is posted any more."""
    world = _unknown()
    _again(world)
    posts = len(world.service.posts)
    found = world.texts.load(world.record().ref)
    assert found is not None
    world.texts.replace(replace(found.value, state=TextState.ACCEPTED), found.etag)
    _work_off(world)

    assert len(world.service.posts) == posts


@pytest.mark.parametrize("answer", [RefusedText(REFUSED_BY_CARRIER), None])
def test_what_was_unknown_is_never_called_not_sent(answer: RefusedText | None) -> None:
    """Refused, or overtaken by a cancel: the old request may have arrived, and a cancel is told."""
    world = _unknown()
    _again(world)
    if answer is None:
        world.apply(siu("S15", NOW + timedelta(minutes=6)))
    else:
        world.service.answers = [answer]
    for work, _ in [*world.take(SMS_URGENT), *world.take(SMS_OUTBOUND)]:
        world.send(work)
    states = [record.state for record in world.texts.rows.values()]

    assert states[0] is TextState.UNKNOWN
    if answer is None:
        assert states[1:] == [TextState.ACCEPTED]


def test_only_what_is_still_true_is_sent_again() -> None:
    """The visit was moved since: its new version has a text of its own."""
    world = _unknown()
    ref = world.record().ref
    world.apply(siu("S14", NOW + timedelta(minutes=6), start_local=WALL + timedelta(days=1)))
    status, answer = _ask(world, "send-again", text=str(ref))

    assert (status, answer["code"]) == (409, SUPERSEDED.code)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("canary", 400, "request_malformed"),
        ("lamna~1-00~20260610~1-00000000~confirmation~0", 404, "text_unknown"),
        (7, 400, "request_malformed"),
    ],
)
def test_what_names_no_text_is_refused(text: object, status: int, code: str) -> None:
    """With its reason, and without a word of what was asked."""
    found, answer = _ask(World(), "send-again", text=text)

    assert (status, code) == (found, answer["code"])
    assert str(text) not in json.dumps(answer) or text == 7
