"""Storage that does not answer: NotStored from every method, and not a word of the SDK."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from shared_code.errors import NotStored
from tests.contract import examples
from tests.contract.worlds import World, in_storage
from tests.support.unreachable import closed_port

SUBJECT = "outage"
CALLS: dict[str, Callable[[World], object]] = {
    "appointments.load": lambda world: world.appointments.load(examples.ref(SUBJECT)),
    "appointments.insert": lambda w: w.appointments.insert(examples.appointment(SUBJECT)),
    "appointments.replace": lambda w: w.appointments.replace(examples.appointment(SUBJECT), "1"),
    "appointments.remove": lambda w: w.appointments.remove(examples.ref(SUBJECT), "1"),
    "agenda.due": lambda world: list(world.agenda.due(examples.MOMENT)),
    "texts.insert": lambda world: world.texts.insert(examples.text(SUBJECT)),
    "links.put": lambda world: world.links.put(examples.link(SUBJECT)),
    "opt_outs.add": lambda w: w.opt_outs.add(SUBJECT, "1-0", "link"),
    "opt_outs.remove": lambda w: w.opt_outs.remove(SUBJECT, "1-0"),
    "opt_outs.stops": lambda w: w.opt_outs.stops(SUBJECT, "1-0"),
    "queues.send": lambda world: world.queues.send("hl7-inbound", {"text": SUBJECT}),
    "queues.drain_poison": lambda w: w.queues.drain_poison("hl7-inbound", pytest.fail),
    "payloads.put": lambda world: world.payloads.put(SUBJECT, b"sealed"),
    "payloads.get": lambda world: world.payloads.get(SUBJECT),
    "payloads.remove": lambda world: world.payloads.remove(SUBJECT),
    "problems.record": lambda world: world.problems.record(examples.problem(SUBJECT)),
    "dead_letters.keep": lambda w: w.dead_letters.keep(examples.letter(SUBJECT, "0123456789ab")),
    "dead_letters.list": lambda world: world.dead_letters.list(),
    "switches.last_beat": lambda world: world.switches.last_beat(SUBJECT),
    "audit.record": lambda world: world.audit.record(examples.entry(SUBJECT)),
}


@pytest.fixture(scope="module")
def unreachable() -> World:
    """Adapters for an account at which nobody listens."""
    return in_storage(closed_port())


@pytest.mark.parametrize("call", CALLS)
def test_nothing_but_not_stored_gets_through(unreachable: World, call: str) -> None:
    with pytest.raises(NotStored) as raised:
        CALLS[call](unreachable)

    told = "".join(traceback.format_exception(raised.value))
    assert "127.0.0.1" not in told
    assert "azure.core.exceptions" not in told
    assert "devstoreaccount1" not in told
