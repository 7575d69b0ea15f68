"""What an operator's command finds of a connection: every appointment, the texts to a number."""

from __future__ import annotations

from dataclasses import replace

from local.memory.ports import MemoryRings
from shared_code.appointments.refs import appointment_ref
from shared_code.texting.domain.text import TextRecord
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage


def _text(connection: str, number: int, recipient: str, *, later: int = 0) -> TextRecord:
    made = examples.text(connection)
    assert made.composed is not None
    ref = examples.text_ref(connection, number)
    day = ref.day.replace(year=ref.day.year + later)
    composed = replace(made.composed, recipient=recipient)
    return replace(made, ref=replace(ref, day=day), composed=composed)


def test_every_appointment_is_found_under_its_etag(ports: Ports, mine: str) -> None:
    """Without names, and without those of a connection whose id begins with this one's."""
    refs = [appointment_ref(ports.rings, mine, str(number)) for number in range(3)]
    stored = [replace(examples.appointment(mine), ref=ref) for ref in refs]
    for each in stored:
        ports.appointments.insert(each)
    ports.appointments.name(refs[0], "42")
    ports.appointments.enlist(refs[1], "42")
    for longer in (f"{mine}-ab", f"{mine}-a", f"{mine}0"):
        ports.appointments.insert(examples.appointment(longer))
    found = list(ports.appointments.all_of(mine))

    assert sorted((one.value for one in found), key=str) == sorted(stored, key=str)
    assert list(ports.appointments.all_of(f"{mine}-none")) == []
    for one in found:
        ports.appointments.remove(one.value.ref, one.etag)
    assert list(ports.appointments.all_of(mine)) == []


def test_a_phone_that_no_key_opens_is_left_out(stored_ports: Ports, mine: str) -> None:
    """One row must not keep the others from being found."""
    known = examples.appointment(mine)
    stored_ports.appointments.insert(known)
    account = stored_ports.settings.storage_connection_string  # type: ignore[attr-defined]
    later = in_storage(account, rings=MemoryRings())
    (found,) = later.appointments.all_of(mine)

    assert found.value == known.with_phone(None)


def test_the_texts_to_a_number_are_found(ports: Ports, mine: str) -> None:
    """Of any day and appointment of the connection, and of no other connection or number."""
    to, other = "1-" + "0" * 32, "1-" + "1" * 32
    wanted = [_text(mine, 1, to), _text(mine, 2, to), _text(mine, 1, to, later=3)]
    unwanted = [
        _text(mine, 3, other),
        _text(f"{mine}-ab", 1, to),
        _text(f"{mine}-20260101", 1, to),
        replace(_text(mine, 4, to), composed=None),
    ]
    for each in (*wanted, *unwanted):
        ports.texts.insert(each)

    assert sorted(ports.texts.to(mine, to), key=str) == sorted(wanted, key=str)
    assert list(ports.texts.to(mine, "1-none")) == []


def test_a_day_of_one_number_is_forgotten(ports: Ports, mine: str) -> None:
    """Once and again; other numbers keep theirs."""
    key, day = examples.number_key(mine), examples.number_day()
    other = replace(key, recipient="1-" + "d" * 32)
    for each in (key, other):
        ports.number_days.insert(each, day)
    ports.number_days.forget(key)
    ports.number_days.forget(key)

    assert ports.number_days.load(key) is None
    assert ports.number_days.load(other) is not None
