"""From messages to the texts on a phone: moved, corrected, cancelled, revived, out of order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.memory.line import Watcher
from shared_code.appointments.domain import Status
from shared_code.texting.domain.reasons import NEVER_NOTIFIED, REFUSED_BY_CARRIER, TOO_MANY_TEXTS
from shared_code.texting.domain.text import TextState
from shared_code.texting.ports import OutcomeUnknown, RefusedText
from tests.unit.texting.telephone import at, moved, outcomes, phones, run, said, starts, told
from tests.world.line import unavailable
from tests.world.machine import Crash, Machine
from tests.world.messages import siu
from tests.world.visit import OTHER_PHONE, PHONE, WALL

DAY = timedelta(days=1)
B = {"start_local": WALL + DAY}
OTHER = {"phone": "(608)555-0143"}
IN_PERSON = {"visit_code": "1001"}
RESOURCES = ("S18", "S19", "S20", "S21", "S22")


def test_there_and_back_again_is_three_texts_with_the_right_time_last() -> None:
    """A → B → A: every version is told, only the first says how to stop."""
    machine = told([siu(), moved(5, **B), moved(10)])

    assert said(machine) == ["scheduled", "changed", "changed"]
    assert starts(machine) == ["10 18:30", "11 18:30", "10 18:30"]
    assert [body.body.endswith("first") for body in machine.world.service.executed] == [
        True,
        False,
        False,
    ]


def test_there_and_back_again_within_the_delay_is_one_text() -> None:
    """Corrections within half a minute are no news; nothing *changed* for who was told nothing."""
    machine = told([siu(), moved(1, **B), moved(2)], apart=0)

    assert (said(machine), starts(machine)) == (["scheduled"], ["10 18:30"])


def test_a_corrected_phone_is_texted() -> None:
    """The new one; the old one hears nothing more."""
    machine = told([siu(), moved(5, **OTHER), siu("S15", at(10))])

    assert phones(machine) == [PHONE, OTHER_PHONE, OTHER_PHONE]
    assert said(machine) == ["scheduled", "scheduled", "cancelled"]


def test_the_first_text_to_a_corrected_phone_says_how_to_stop() -> None:
    """Whoever has it was told nothing before, so nothing *changed* for him either."""
    machine = told([siu(), moved(5, **OTHER), moved(10, **OTHER, **B)])
    first = [post.body.endswith("first") for post in machine.world.service.executed]

    assert said(machine) == ["scheduled", "scheduled", "changed"]
    assert first == [True, True, False]


@pytest.mark.parametrize("trigger", ["S13", "S14", *RESOURCES])
def test_a_message_that_changes_nothing_for_the_patient_is_silent(trigger: str) -> None:
    """Same start, same phone: no text; another language is no reason either."""
    machine = told([siu(), siu(trigger, at(5), language="SPA")])

    assert said(machine) == ["scheduled"]


@pytest.mark.parametrize("trigger", ["S13", "S14", *RESOURCES])
def test_a_message_that_moves_the_start_is_told(trigger: str) -> None:
    """Once, with the new time, however often it is repeated."""
    moving = siu(trigger, at(5), **B)
    machine = told([siu(), moving, moving])

    assert said(machine) == ["scheduled", "changed"]
    assert starts(machine)[-1] == "11 18:30"


def test_an_older_change_after_a_newer_one_is_ignored() -> None:
    """It says what held before."""
    machine = told([siu(), moved(7, **B), moved(6)])

    assert said(machine) == ["scheduled", "changed"]
    assert starts(machine)[-1] == "11 18:30"


@pytest.mark.parametrize("trigger", ["S15", "S16", "S17"])
def test_a_cancel_is_told_and_then_the_phone_is_gone(trigger: str) -> None:
    """It is kept for that one text and no longer."""
    machine = Machine()
    machine.deliver(siu())
    run(machine, 5)
    machine.deliver(siu(trigger, at(5)))
    machine.work()
    kept = machine.world.row().texting.phone
    run(machine, 4)

    assert said(machine) == ["scheduled", "cancelled"]
    assert (kept, machine.world.row().texting.phone) == (PHONE, None)
    assert machine.world.row().texting.settled == machine.world.row().version
    assert "/v/" not in machine.world.service.executed[-1].body


def test_a_cancel_that_arrives_before_its_booking_is_no_text_at_all() -> None:
    """Nobody was told anything, and no phone is read."""
    machine = told([siu("S15", at(5)), siu("S12", at(0))])

    assert outcomes(machine) == []
    assert (machine.world.row().status, machine.world.row().texting.phone) == (
        Status.CANCELLED,
        None,
    )


@pytest.mark.parametrize("apart", [0, 5])
def test_a_change_after_a_cancel_leaves_it_cancelled(apart: int) -> None:
    """No text but the cancellation notice, no phone, whether or not it was sent yet."""
    machine = told([siu()])
    for body in (siu("S15", at(10)), moved(11, **B, **OTHER), moved(12, **OTHER)):
        machine.deliver(body)
        run(machine, apart)
    run(machine, 10)
    row = machine.world.row()

    assert (said(machine), phones(machine)) == (["scheduled", "cancelled"], [PHONE, PHONE])
    assert (row.status, row.texting.phone) == (Status.CANCELLED, None)


def test_a_start_that_moves_while_the_notice_is_sent_does_not_send_a_second_one() -> None:
    """Texts are kept by the day of the start; the cancel of one version is said once."""
    machine = told([siu()])
    machine.deliver(siu("S15", at(10)))
    run(machine, 1)
    machine.deliver(moved(11, start_local=WALL + 3 * DAY))
    run(machine, 10)

    assert said(machine) == ["scheduled", "cancelled"]
    assert machine.world.row().texting.phone is None


def test_a_cancel_before_anything_was_told_is_told_to_nobody() -> None:
    """Its text ends as never told, and the phone is gone with it."""
    machine = told([siu(), siu("S15", at(1))], apart=0)

    assert said(machine) == []
    assert (NEVER_NOTIFIED.code in dict(outcomes(machine)).values()) is True
    assert machine.world.row().texting.phone is None


@pytest.mark.parametrize(
    ("answer", "heard"),
    [(OutcomeUnknown(), 1), (RefusedText(REFUSED_BY_CARRIER), 0)],
)
def test_a_cancel_goes_to_whom_a_text_may_have_reached(answer: Any, heard: int) -> None:
    """Accepted or unknown; a text that was refused was not read."""
    machine = Machine()
    machine.world.service.usual = answer
    machine.deliver(siu())
    run(machine, 10)
    machine.world.service.usual = None
    machine.deliver(siu("S15", at(10)))
    run(machine, 5)

    assert said(machine).count("cancelled") == heard
    assert machine.world.row().texting.phone is None


def test_a_no_show_is_silent_and_drops_the_phone_at_once() -> None:
    """Nobody is told that they did not come."""
    machine = Machine()
    machine.deliver(siu())
    run(machine, 5)
    machine.deliver(siu("S26", at(5)))
    machine.work()
    dropped = machine.world.row().texting.phone
    run(machine, 10)

    assert (said(machine), dropped) == (["scheduled"], None)


def test_a_visit_that_is_no_video_visit_any_more_says_so_once() -> None:
    """Later messages about it are silent, and its cancel too."""
    in_person = [siu("S14", at(minutes), **IN_PERSON, **OTHER) for minutes in (5, 15)]
    machine = told([siu(), *in_person, siu("S15", at(25), **IN_PERSON)], apart=6)

    assert (said(machine), phones(machine)) == (["scheduled", "no_longer_virtual"], [PHONE, PHONE])
    assert machine.world.row().texting.phone is None


def test_a_visit_that_never_was_a_video_visit_is_silent() -> None:
    """Whatever happens to it."""
    bodies = [siu("S12", at(0), **IN_PERSON), moved(5, **B, **IN_PERSON)]
    machine = told([*bodies, siu("S15", at(10), **IN_PERSON)])

    assert outcomes(machine) == []


def test_a_visit_that_becomes_a_video_visit_again_is_told() -> None:
    """With the phone of the message that says so."""
    machine = told([siu(), moved(5, **IN_PERSON), moved(15)], apart=6)

    assert said(machine) == ["scheduled", "no_longer_virtual", "scheduled"]


@pytest.mark.parametrize("end", ["S15", "S26"])
def test_a_newer_booking_revives_the_visit(end: str) -> None:
    """It is told again, and its cancel as well."""
    bodies = [siu(), siu(end, at(6)), siu("S13", at(12), **B), siu("S15", at(18))]
    machine = told(bodies, apart=6)
    after_the_end = ["cancelled", "scheduled"] if end == "S15" else ["changed"]

    assert said(machine) == ["scheduled", *after_the_end, "cancelled"]


def test_a_revival_that_nobody_was_told_of_is_not_cancelled_a_second_time() -> None:
    """The last word that the patient had was the cancellation notice."""
    machine = told([siu(), siu("S15", at(10))])
    for body in (siu("S12", at(20)), siu("S15", at(20.1))):
        machine.deliver(body)
        machine.work()
    run(machine, 10)

    assert said(machine) == ["scheduled", "cancelled"]


def test_a_cancellation_notice_that_may_not_have_arrived_is_said_again() -> None:
    """The worker died with it; the visit was booked and cancelled again before anybody looked."""
    machine = told([siu()])
    machine.deliver(siu("S15", at(10)))
    machine.world.line.before = _dies_at("sender.send")
    machine.work()
    machine.world.line.before = unavailable()
    for body in (siu("S13", at(10.1)), siu("S15", at(10.2))):
        machine.deliver(body)
        machine.work()
    run(machine, 10)

    assert said(machine) == ["scheduled", "cancelled"]
    assert ("cancellation", "outcome_unknown") in outcomes(machine)


def _dies_at(call: str) -> Watcher:
    def watcher(made: str) -> None:
        if made == call:
            raise Crash

    return watcher


def test_a_late_older_booking_does_not_revive_it() -> None:
    """It was sent before the cancel."""
    machine = told([siu(), siu("S15", at(10)), siu("S13", at(8), **B)])

    assert said(machine) == ["scheduled", "cancelled"]
    assert machine.world.row().status is Status.CANCELLED


def test_a_late_older_cancel_of_a_visit_that_was_changed_since_is_told() -> None:
    """A change (S14) behind a cancel does not revive: the end is as if all came in order."""
    machine = told([siu(), moved(8, **B), siu("S15", at(6))])

    assert said(machine) == ["scheduled", "changed", "cancelled"]
    assert starts(machine)[-1] == "11 18:30"


def test_a_late_older_booking_still_counts_against_an_older_cancel() -> None:
    """Order of making: cancel, booking, change; the visit takes place."""
    machine = told([moved(8, **B), siu("S13", at(7)), siu("S15", at(6))])

    assert (said(machine), starts(machine)) == (["scheduled"], ["11 18:30"])
    assert machine.world.row().status is Status.ACTIVE


def test_a_tie_of_cancel_and_booking_is_a_cancel() -> None:
    """In both orders, when nothing tells the two apart: neither number nor arrival."""
    bodies = [siu("S13", at(5), **B), siu("S15", at(5))]
    ends = [told(order, apart=0).world.row().status for order in (bodies, bodies[::-1])]

    assert ends == [Status.CANCELLED, Status.CANCELLED]


def test_at_most_six_texts_a_day_go_to_one_appointment() -> None:
    """The others are not sent, a person is told of them, and a day later it goes on."""
    machine = Machine()
    machine.world.clock.now = at(-24 * 60)
    for number in range(8):
        start = WALL + number * DAY
        machine.deliver(siu("S14", machine.world.clock(), start_local=start))
        run(machine, 5)
    heard = said(machine)
    stopped = [each for each in outcomes(machine) if each[1] == TOO_MANY_TEXTS.code]
    told_of = [(each.code, each.count) for each in machine.world.problem_store.rows.values()]
    machine.world.clock.now = at(30)
    machine.deliver(siu("S14", at(30), start_local=WALL + 9 * DAY))
    run(machine, 5)

    assert heard == ["scheduled", *["changed"] * 5]
    assert (len(stopped), told_of) == (2, [(TOO_MANY_TEXTS.code, 2)])
    assert said(machine)[6:] == ["changed"]


def test_a_text_on_its_way_when_the_visit_is_cancelled_counts_as_told() -> None:
    """Claimed means: perhaps read."""
    machine = Machine()
    machine.deliver(siu())
    machine.work()
    machine.world.service.usual = OutcomeUnknown()
    run(machine, 1)
    machine.world.service.usual = None
    machine.deliver(siu("S15", at(1)))
    machine.work()
    run(machine, 10)

    assert said(machine) == ["scheduled", "cancelled"]
    states = {each.state for each in machine.world.texts.rows.values()}
    assert states == {TextState.UNKNOWN, TextState.ACCEPTED}
