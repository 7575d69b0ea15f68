"""Many texts that do not arrive, replies that nobody can decide, and problems that settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.appointments.domain import AppointmentRef
from shared_code.consent.flows import recipient_hash
from shared_code.errors import Reason
from shared_code.oversight.ports import Owner
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.domain.reasons import DEADLINE_PASSED, OUTCOME_UNKNOWN
from shared_code.texting.domain.text import TextRecord, TextRef, TextState
from tests.support.canaries import find, numbers
from tests.unit.texting.test_record_text_result import ACCEPTED, REF, Reports
from tests.world.clock import NOW
from tests.world.connection import SENDER, TENANT, connection
from tests.world.logs import captured_logs
from tests.world.visit import PHONE

UNCLEAR = {"event": "unclear", "sender": SENDER, "recipient": PHONE}
OTHER_TENANT = "22222222-2222-2222-2222-222222222222"


def _ref(number: int) -> TextRef:
    return replace(REF, subject=AppointmentRef("lamna", f"1-{number:032x}"))


def _reported(number: int, reason: str = "", **more: str) -> dict[str, str]:
    """A report about the text with that number; without a reason it was delivered."""
    outcome = {"delivery": "failed", "reason": reason} if reason else {"delivery": "delivered"}
    return {"event": "report", "text": str(_ref(number)), "message": "m"} | outcome | more


def _world(texts: int) -> Reports:
    world = Reports(text=None)
    for number in range(texts):
        world.texts.insert(replace(ACCEPTED, ref=_ref(number)))
    return world


def _problems(world: Reports) -> list[tuple[str, str, tuple[str, ...]]]:
    rows = world.problem_store.rows.values()
    return [(problem.code, problem.connection, problem.subjects) for problem in rows]


def test_the_carriers_reason_is_kept_as_a_code_and_counted() -> None:
    """What is none of our codes is `delivery_other`, whoever wrote the work."""
    world = _world(2)
    world.do(_reported(0, "delivery_unreachable"), _reported(1, "+16085550142 is off"))
    stored = [world.texts.load(_ref(number)) for number in (0, 1)]
    counted = [
        name.reason for tally in world.counts.tallies.values() for name in tally.combinations
    ]

    assert [each.value.delivery_reason for each in stored if each] == [
        "delivery_unreachable",
        "delivery_other",
    ]
    assert sorted(counted) == ["delivery_other", "delivery_unreachable"]


def test_what_is_delivered_after_all_has_no_reason() -> None:
    """The carrier tried again."""
    world = _world(1)
    world.do(_reported(0, "delivery_unreachable"), _reported(0))
    stored = world.texts.load(_ref(0))

    assert stored is not None
    assert (stored.value.delivery, stored.value.delivery_reason) == ("delivered", "")


def test_many_failures_within_an_hour_are_one_problem_that_says_why() -> None:
    """With the fifth, and not before; repeated reports add nothing."""
    world, fails = _world(8), "delivery_number_unverified"
    for number in range(4):
        world.do(*[_reported(number, fails)] * 3)
    before = _problems(world)
    with captured_logs() as log:
        world.do(_reported(4, "delivery_blocked"), *(_reported(n, fails) for n in (5, 6, 7)))

    assert before == []
    assert _problems(world) == [("deliveries_fail", "lamna", (fails,))]
    assert '"WARNING", "event": "text.deliveries_fail"' in log.getvalue()


def test_five_failures_among_many_deliveries_are_none() -> None:
    """They are less than a fifth."""
    world = _world(26)
    world.do(*(_reported(number) for number in range(21)))
    world.do(*(_reported(number, "delivery_other") for number in range(21, 26)))

    assert _problems(world) == []


@pytest.mark.parametrize(("minutes", "problems"), [(59, 1), (75, 0)])
def test_failures_of_another_hour_do_not_count(minutes: int, problems: int) -> None:
    """Also across midnight."""
    world = _world(6)
    world.clock.now = NOW.replace(hour=23, minute=30)
    world.do(*(_reported(number, "delivery_other") for number in range(4)))
    world.clock.advance(minutes=minutes)
    world.do(_reported(4, "delivery_other"))

    assert len(_problems(world)) == problems


@pytest.mark.parametrize("reason", [OUTCOME_UNKNOWN, DEADLINE_PASSED])
def test_a_text_that_was_accepted_after_all_settles_its_problem(reason: Reason) -> None:
    """Nobody has to look it up any more."""
    state = TextState.UNKNOWN if reason is OUTCOME_UNKNOWN else TextState.NOT_SENT
    record: TextRecord = replace(ACCEPTED, state=state, reason=reason, message_id="")
    world = Reports(text=record)
    problems = world.services.oversight.problems
    owner = Owner(TENANT, "lamna")
    problems.report(reason.code, str(REF), NOW, owner)
    problems.report(reason.code, "another", NOW, owner)
    world.do({"event": "report", "text": str(REF), "message": "m", "delivery": "delivered"})

    assert _problems(world) == [(reason.code, "lamna", ("another",))]


def test_a_reply_that_may_have_meant_stop_is_a_problem_once_a_day_and_number() -> None:
    """Named by the number's keyed hash; nobody is opted out by it."""
    world, other = Reports(), UNCLEAR | {"recipient": "+16085550143"}
    with captured_logs() as log:
        world.do(UNCLEAR, UNCLEAR, other)
    hashes = [recipient_hash(world.rings, TENANT, phone) for phone in (PHONE, "+16085550143")]

    assert sorted(_problems(world)) == sorted(
        ("reply_unclear", "lamna", (each,)) for each in hashes
    )
    assert world.opt_outs.senders == {}
    assert find(log.getvalue().encode(), numbers(PHONE)) == []

    world.clock.advance(hours=24)
    world.do(UNCLEAR)
    assert len(_problems(world)) == 3


def test_every_tenant_that_texts_from_the_number_learns_of_an_unclear_reply() -> None:
    """Without a connection where several use the number."""
    world = Reports()
    world.configure(connection(id="second"))
    world.configure(connection(id="shared", tenant=OTHER_TENANT))
    world.do(UNCLEAR, UNCLEAR | {"sender": "+18005550999"})

    found = [(problem.tenant, problem.connection) for problem in world.problem_store.rows.values()]
    assert sorted(found) == [(TENANT, ""), (OTHER_TENANT, "shared")]


def test_deliveries_are_numbers_of_the_day() -> None:
    """Beside what was sent."""
    world = _world(3)
    world.do(_reported(0), _reported(1), _reported(2, "delivery_blocked"), _reported(1))
    tally = world.counts.of("lamna", NOW.date(), NOW.date() + timedelta(days=1))[NOW.date()]

    assert tally.sums == {Metric.DELIVERED: 2, Metric.FAILED: 1}
