"""Storage that does not answer: NotStored from every method, without any text of the SDK."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from shared_code.errors import NotStored
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage
from tests.support.unreachable import closed_port

SUBJECT = "outage"
CALLS: dict[str, Callable[[Ports], object]] = {
    "appointments.load": lambda ports: ports.appointments.load(examples.ref(SUBJECT)),
    "appointments.insert": lambda w: w.appointments.insert(examples.appointment(SUBJECT)),
    "appointments.replace": lambda w: w.appointments.replace(examples.appointment(SUBJECT), "1"),
    "appointments.remove": lambda w: w.appointments.remove(examples.ref(SUBJECT), "1"),
    "agenda.due": lambda ports: list(ports.agenda.due(examples.MOMENT)),
    "texts.insert": lambda ports: ports.texts.insert(examples.text(SUBJECT)),
    "links.put": lambda ports: ports.links.put(examples.link(SUBJECT)),
    "opt_outs.add": lambda w: w.opt_outs.add(SUBJECT, "1-0", "link"),
    "opt_outs.remove": lambda w: w.opt_outs.remove(SUBJECT, "1-0"),
    "opt_outs.stops": lambda w: w.opt_outs.stops(SUBJECT, "1-0"),
    "queues.send": lambda ports: ports.queues.send("hl7-inbound", {"text": SUBJECT}),
    "queues.drain_poison": lambda w: w.queues.drain_poison("hl7-inbound", pytest.fail),
    "payloads.put": lambda ports: ports.payloads.put(SUBJECT, b"sealed"),
    "payloads.get": lambda ports: ports.payloads.get(SUBJECT),
    "payloads.remove": lambda ports: ports.payloads.remove(SUBJECT),
    "problems.change": lambda w: examples.keep_problem(w, examples.problem(SUBJECT)),
    "problems.list": lambda ports: ports.problem_store.list(),
    "dead_letters.keep": lambda w: w.dead_letter_store.keep(
        examples.letter(SUBJECT, "0123456789ab")
    ),
    "dead_letters.list": lambda ports: ports.dead_letter_store.list(),
    "switches.last_beat": lambda ports: ports.switches.last_beat(SUBJECT),
    "audit.record": lambda ports: ports.audit.record(examples.entry(SUBJECT)),
}


@pytest.fixture(scope="module")
def unreachable() -> Ports:
    """Return adapters for an account that does not answer."""
    return in_storage(closed_port())


@pytest.mark.parametrize("call", CALLS)
def test_nothing_but_not_stored_gets_through(unreachable: Ports, call: str) -> None:
    with pytest.raises(NotStored) as raised:
        CALLS[call](unreachable)

    trace = "".join(traceback.format_exception(raised.value))
    assert "127.0.0.1" not in trace
    assert "azure.core.exceptions" not in trace
    assert "devstoreaccount1" not in trace
