"""What an operator does by command: pauses, the brake, the history of an appointment."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.operating.domain import OPERATOR, Actor
from shared_code.operating.flows.json_commands import joined, switch_commands
from shared_code.operating.flows.json_door import Answer
from shared_code.oversight.ports import Owner, Switch
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.holds import BRAKE, PAUSE
from shared_code.texting.domain.plan import REMINDER
from shared_code.texting.domain.reasons import DISCARDED, STORM_BRAKE
from shared_code.texting.domain.text import TextState
from tests.world.connection import ENABLED, connection
from tests.world.messages import siu
from tests.world.visit import KEY, PHONE
from tests.world.world import World

LAMNA: dict[str, object] = {"connection": "lamna"}


def _ask(world: World, action: str, **arguments: object) -> tuple[int, Answer]:
    body = json.dumps(arguments).encode()
    return world.services.operating.json_door.run(action, body, OPERATOR)


@pytest.mark.parametrize("verb", ["pause", "release", "discard"])
def test_a_switch_says_who_set_it(verb: str) -> None:
    """A person by the portal, or the operator who has the master key."""
    portal, command = World(), World()
    for world in (portal, command):
        world.switches.set(Switch(f"{BRAKE}~lamna", "storm", world.clock()))
    getattr(portal.services.operating.switchboard, verb)(portal.connection, Actor("somebody"))
    _ask(command, verb, connection="lamna")
    kept = [switch for world in (portal, command) for switch in world.switches.switches.values()]
    audited = [entry.actor for world in (portal, command) for entry in world.audit.entries]

    assert [switch.by for switch in kept if switch.by != "storm"] == ["somebody", "operator"]
    assert audited == ["somebody", "operator"]


def test_a_command_has_one_story() -> None:
    """Two groups cannot declare the same name."""
    commands = switch_commands(World().services.operating.switchboard)

    with pytest.raises(ValueError, match="pause"):
        joined(commands, commands)


def _tick(world: World, **delta: float) -> None:
    """Time passes, the agenda runs, and its hints are worked on."""
    world.clock.advance(**delta)
    world.run_agenda()
    for work, _ in world.take(SMS_OUTBOUND):
        world.send(work)


@pytest.mark.parametrize("where", [{}, {"connection": "lamna"}])
def test_a_pause_holds_texts_until_it_is_resumed(where: dict[str, object]) -> None:
    """Of one connection or of the installation; nothing is claimed meanwhile."""
    world = World()
    assert _ask(world, "pause", **where)[0] == 200
    world.apply()
    world.send(world.hint())
    held = world.record()
    assert _ask(world, "resume", **where)[0] == 200
    world.take(SMS_OUTBOUND)
    _tick(world, minutes=5)

    assert (held.state, held.held_by, held.claimed_at) == (TextState.READY, PAUSE, None)
    assert len(world.service.executed) == 1
    assert [entry.action for entry in world.audit.entries] == ["pause", "resume"]


def test_the_pause_of_another_connection_holds_nothing() -> None:
    """A pause is for those whom it names."""
    world = World()
    world.switches.set(Switch(f"{PAUSE}~another", "operator", world.clock()))
    world.apply()
    world.send(world.hint())

    assert len(world.service.executed) == 1


def _braked(world: World) -> None:
    world.switches.set(Switch(f"{BRAKE}~lamna", "storm", world.clock()))
    world.apply()
    world.send(world.hint())
    world.take(SMS_OUTBOUND)


def test_what_the_brake_holds_goes_when_it_is_released() -> None:
    """An operator looked and found it right."""
    world = World()
    _braked(world)
    held = world.record().held_by
    assert _ask(world, "release", connection="lamna")[0] == 200
    _tick(world, minutes=5)

    assert held == BRAKE
    assert len(world.service.executed) == 1


def test_what_the_brake_holds_is_never_sent_when_it_is_discarded() -> None:
    """What comes afterwards is."""
    world = World()
    _braked(world)
    assert _ask(world, "discard", connection="lamna")[0] == 200
    _tick(world, minutes=5)
    discarded = world.record()
    world.apply(siu("S14", world.clock(), start_local=siu_start(world)))
    world.send(world.hint())

    assert (discarded.state, discarded.reason) == (TextState.NOT_SENT, DISCARDED)
    assert len(world.service.executed) == 1


def siu_start(world: World) -> datetime:
    """Another start, some days ahead, as a wall clock."""
    there = (world.clock() + timedelta(days=12)).replace(tzinfo=None)
    return there.replace(hour=13, minute=0, second=0, microsecond=0)


def test_the_history_of_an_appointment_names_nobody() -> None:
    """What it is, which texts there were, and no number, name or words."""
    world = World()
    world.apply()
    world.send(world.hint())
    status, answer = _ask(world, "history", connection="lamna", appointment=KEY)
    text = json.dumps(answer)

    assert status == 200
    assert [t["state"] for t in answer["texts"]] == ["accepted"]  # type: ignore[attr-defined]
    assert [word for word in (PHONE, "0142", "TESTPATIENT", "203711", KEY) if word in text] == []


@pytest.mark.parametrize(
    ("action", "arguments", "status", "code"),
    [
        ("history", {"connection": "lamna", "appointment": "1"}, 404, "appointment_unknown"),
        ("history", {"connection": "lamna"}, 400, "request_malformed"),
        ("history", {"connection": "nobody", "appointment": "1"}, 404, "connection_unknown"),
        ("pause", {"connection": 7}, 400, "request_malformed"),
        ("release", {}, 400, "request_malformed"),
        ("discard", {"connection": "nobody"}, 404, "connection_unknown"),
        ("release", {"connection": "lamna"}, 409, "brake_not_set"),
        ("discard", {"connection": "lamna"}, 409, "brake_not_set"),
        ("recompute", {"connection": ""}, 400, "request_malformed"),
    ],
)
def test_a_wrong_command_changes_nothing(
    action: str, arguments: dict[str, object], status: int, code: str
) -> None:
    """It is answered with a reason code, and no audit entry claims that anything was done."""
    world = World()
    answer = _ask(world, action, **arguments)

    assert (status, code) == (answer[0], answer[1]["code"])
    assert (world.audit.entries, world.switches.switches.values()) == ([], [])


@pytest.mark.parametrize("verb", ["release", "discard"])
def test_the_brake_s_problem_is_settled_with_it(verb: str) -> None:
    """It leaves the list; a second storm of the day brings it back."""
    world = World()
    owner = Owner(world.connection.tenant, "lamna")
    problems = world.services.oversight.problems
    for opened in (1, 2):
        world.switches.set(Switch(f"{BRAKE}~lamna", "storm", world.clock()))
        problems.report(STORM_BRAKE.code, f"{BRAKE}~lamna", world.clock(), owner)
        listed = world.services.operating.problems.list()
        assert _ask(world, verb, connection="lamna")[0] == 200

        assert [(opened, opened - 1)] == [(each.count, each.settled) for each in listed]
        assert world.services.operating.problems.list() == []


@pytest.mark.parametrize(("where", "scope"), [({}, "all connections"), (LAMNA, "lamna")])
def test_an_answer_names_the_connection_and_no_switch(where: dict[str, object], scope: str) -> None:
    """What the switch is called inside is nobody's business."""
    world = World()

    assert {"paused": scope} == _ask(world, "pause", **where)[1]
    assert {"resumed": scope} == _ask(world, "resume", **where)[1]


def test_recomputing_brings_new_reminders_to_appointments_that_exist() -> None:
    """The administrator adds a reminder after the visit was booked."""
    world = World()
    world.apply()
    world.configure(connection(sms=replace(ENABLED, reminders=(1440,))))
    before = [row for row in world.agenda.rows.values() if row.duty == REMINDER]
    _, answer = _ask(world, "recompute", connection="lamna")
    after = [row for row in world.agenda.rows.values() if row.duty == REMINDER]

    assert (before, len(after), answer) == ([], 1, {"recomputed": 1})
