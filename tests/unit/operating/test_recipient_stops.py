"""A person records or withdraws a STOP for the number of an appointment."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from shared_code.connections.domain import FieldPaths, VirtualVisitRule
from shared_code.consent.flows import recipient_hash
from shared_code.operating.domain import OPERATOR
from shared_code.operating.errors import NUMBER_NOT_KEPT
from shared_code.operating.flows.json_door import Answer
from shared_code.operating.flows.recipient_stops import BY_OPERATOR
from shared_code.texting.domain.reasons import OPTED_OUT
from tests.unit.texting.telephone import at, outcomes, run, said
from tests.world.connection import SENDER, TENANT, connection
from tests.world.machine import Machine
from tests.world.messages import siu
from tests.world.visit import KEY, PHONE
from tests.world.world import World

OTHER_SENDER = "+18005550111"


@dataclass
class _ServiceList:
    """The port OptOutSource: what the SMS service says of each of our numbers."""

    said: dict[str, bool | None] = field(default_factory=dict)

    def opted_out(self, sender: str, recipient: str) -> bool | None:
        assert recipient == PHONE
        return self.said.get(sender)


def _ask(world: World, action: str, **arguments: object) -> tuple[int, Answer]:
    usual = {"connection": "lamna", "appointment": KEY}
    body = json.dumps(usual | arguments).encode()
    return world.services.operating.json_door.run(action, body, OPERATOR)


def _booked() -> World:
    world = World()
    world.apply()
    return world


def _stops(world: World) -> frozenset[str]:
    return world.opt_outs.stops(TENANT, recipient_hash(world.rings, TENANT, PHONE))


def _stop(world: World, *senders: str) -> None:
    for sender in senders:
        world.opt_outs.add(TENANT, recipient_hash(world.rings, TENANT, PHONE), sender)


def test_a_number_that_a_person_stopped_is_not_texted_until_it_is_allowed() -> None:
    """Nothing that waits goes, and afterwards everything does."""
    machine = Machine()
    machine.deliver(siu())
    machine.work()
    stopped = _ask(machine.world, "stop-recipient")
    run(machine, 5)
    before = said(machine)
    allowed = _ask(machine.world, "allow-recipient")
    machine.deliver(siu("S15", at(9)))
    machine.deliver(siu("S13", at(10)))
    run(machine, 5)
    row = str(machine.world.ref())

    assert (200, {"stopped": row}) == stopped
    assert (200, {"allowed": row, "carrierBlocksUntilStartTo": ()}) == allowed
    assert (before, said(machine)) == ([], ["scheduled"])
    assert ("confirmation", OPTED_OUT.code) in outcomes(machine)


def test_it_may_be_asked_twice() -> None:
    """A STOP again changes nothing, nor does withdrawing none."""
    world = _booked()
    answers = [_ask(world, name)[0] for name in ["stop-recipient"] * 2 + ["allow-recipient"] * 2]

    assert answers == [200] * 4
    assert _stops(world) == frozenset()


def test_every_stop_is_withdrawn_and_the_carriers_block_is_named() -> None:
    """It remains until START is texted to each of these numbers; the page's own leaves none."""
    world = _booked()
    _stop(world, SENDER, OTHER_SENDER, "link", BY_OPERATOR)
    status, answer = _ask(world, "allow-recipient")

    assert status == 200
    assert answer["carrierBlocksUntilStartTo"] == tuple(sorted((OTHER_SENDER, SENDER)))
    assert _stops(world) == frozenset()


@pytest.mark.parametrize(
    ("stored", "said", "expected"),
    [
        ([], {SENDER: True}, (SENDER,)),
        ([], {SENDER: False}, ()),
        ([], {SENDER: None}, ()),
        ([SENDER], {SENDER: False}, ()),
        ([SENDER], {SENDER: None}, (SENDER,)),
        ([OTHER_SENDER], {SENDER: True, OTHER_SENDER: False}, (SENDER,)),
        (["link", BY_OPERATOR], {}, ()),
    ],
)
def test_the_sms_services_own_list_knows_best(
    stored: list[str], said: dict[str, bool | None], expected: tuple[str, ...]
) -> None:
    """Where it can be asked."""
    world = _booked()
    _stop(world, *stored)
    world.opt_out_source = _ServiceList(said)
    _, answer = _ask(world, "allow-recipient")

    assert answer["carrierBlocksUntilStartTo"] == expected


@pytest.mark.parametrize("action", ["allow-recipient", "stop-recipient"])
def test_it_is_audited_and_names_nobody(action: str) -> None:
    """The audit log knows the appointment by its keyed hash; no answer holds the number."""
    world = _booked()
    _, answer = _ask(world, action)
    (entry,) = world.audit.entries
    shown = json.dumps(answer) + str(entry)

    assert (entry.action, entry.subject, entry.actor) == (action, str(world.ref()), OPERATOR)
    assert [word for word in (PHONE, "0142", KEY) if word in shown] == []


@pytest.mark.parametrize("action", ["allow-recipient", "stop-recipient"])
@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"appointment": "1"}, 404, "appointment_unknown"),
        ({"connection": "nobody"}, 404, "connection_unknown"),
        ({"appointment": ""}, 400, "request_malformed"),
    ],
)
def test_a_wrong_name_changes_nothing(
    action: str, arguments: dict[str, object], status: int, code: str
) -> None:
    world = _booked()
    found, answer = _ask(world, action, **arguments)

    assert (found, answer["code"]) == (status, code)
    assert (world.audit.entries, _stops(world)) == ([], frozenset())


@pytest.mark.parametrize("action", ["allow-recipient", "stop-recipient"])
def test_an_appointment_without_a_number_is_refused(action: str) -> None:
    """Nothing is known of whom it was about."""
    world = World()
    world.apply(siu(phone=""))
    status, answer = _ask(world, action)

    assert (status, answer["code"]) == (409, NUMBER_NOT_KEPT.code)
    assert world.audit.entries == []


def test_the_appointment_may_be_named_by_its_csn() -> None:
    """As in every other command."""
    every = VirtualVisitRule(every_visit=True)
    agreed = connection(fields=FieldPaths(csn="AIS-3.1"), virtual_visits=every)
    world = World(connection=agreed)
    world.apply(siu(visit_code="9001"))

    assert _ask(world, "stop-recipient", appointment="9001")[0] == 200
