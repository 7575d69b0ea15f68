"""Appointments, texts and links: conditional writes, round trips, races."""

from __future__ import annotations

import threading
from dataclasses import fields, replace

import pytest

from shared_code.appointments.domain import Appointment
from shared_code.appointments.ports import Appointments
from shared_code.errors import Conflict
from shared_code.texting.domain.text import TextRecord, TextState
from shared_code.texting.ports import Texts
from shared_code.wiring.ports import Ports
from tests.contract import examples


class TestAppointments:
    @pytest.mark.parametrize("make", [examples.appointment, examples.bare_appointment])
    def test_every_field_comes_back(self, ports: Ports, mine: str, make: object) -> None:
        appointment = make(mine) if callable(make) else None
        assert isinstance(appointment, Appointment)

        ports.appointments.insert(appointment)

        assert _loaded(ports.appointments, appointment) == appointment

    def test_what_is_not_there_is_none(self, ports: Ports, mine: str) -> None:
        assert ports.appointments.load(examples.ref(mine)) is None

    def test_the_second_insert_is_a_conflict(self, ports: Ports, mine: str) -> None:
        ports.appointments.insert(examples.appointment(mine))

        with pytest.raises(Conflict):
            ports.appointments.insert(examples.bare_appointment(mine))
        row = _loaded(ports.appointments, examples.appointment(mine))
        assert row.texting.phone == examples.PHONE

    def test_a_replace_forgets_what_the_new_value_does_not_say(
        self, ports: Ports, mine: str
    ) -> None:
        ports.appointments.insert(examples.appointment(mine))
        stored = ports.appointments.load(examples.ref(mine))
        assert stored is not None

        ports.appointments.replace(examples.bare_appointment(mine), stored.etag)

        bare = examples.bare_appointment(mine)
        assert _loaded(ports.appointments, bare) == bare

    def test_a_replace_under_an_old_etag_is_a_conflict(self, ports: Ports, mine: str) -> None:
        ports.appointments.insert(examples.appointment(mine))
        stored = ports.appointments.load(examples.ref(mine))
        assert stored is not None
        ports.appointments.replace(replace(stored.value, language="en"), stored.etag)

        with pytest.raises(Conflict):
            ports.appointments.replace(replace(stored.value, language="fr"), stored.etag)
        assert _loaded(ports.appointments, stored.value).language == "en"

    def test_a_replace_of_what_is_gone_is_a_conflict(self, ports: Ports, mine: str) -> None:
        ports.appointments.insert(examples.appointment(mine))
        stored = ports.appointments.load(examples.ref(mine))
        assert stored is not None
        ports.appointments.remove(examples.ref(mine), stored.etag)

        with pytest.raises(Conflict):
            ports.appointments.replace(stored.value, stored.etag)

    def test_a_remove_needs_the_present_etag(self, ports: Ports, mine: str) -> None:
        ports.appointments.insert(examples.appointment(mine))
        old = ports.appointments.load(examples.ref(mine))
        assert old is not None
        ports.appointments.replace(replace(old.value, language="en"), old.etag)

        with pytest.raises(Conflict):
            ports.appointments.remove(examples.ref(mine), old.etag)
        new = ports.appointments.load(examples.ref(mine))
        assert new is not None
        ports.appointments.remove(examples.ref(mine), new.etag)
        ports.appointments.remove(examples.ref(mine), new.etag)
        assert ports.appointments.load(examples.ref(mine)) is None


class TestTexts:
    def test_every_field_comes_back(self, ports: Ports, mine: str) -> None:
        record = examples.text(mine)

        etag = ports.texts.insert(record)

        stored = ports.texts.load(record.ref)
        assert stored is not None
        assert (record, etag) == (stored.value, stored.etag)

    def test_a_bare_record_comes_back(self, ports: Ports, mine: str) -> None:
        record = TextRecord(examples.text_ref(mine), TextState.READY)

        ports.texts.insert(record)

        stored = ports.texts.load(record.ref)
        assert stored is not None
        assert record == stored.value

    def test_the_etag_of_a_replace_is_good_for_the_next_one(self, ports: Ports, mine: str) -> None:
        record = examples.text(mine)
        first = ports.texts.insert(record)
        second = ports.texts.replace(examples.changed(record), first)

        third = ports.texts.replace(record, second)

        assert len({first, second, third}) == 3
        with pytest.raises(Conflict):
            ports.texts.replace(record, second)

    def test_a_replace_of_what_is_not_there_is_a_conflict(self, ports: Ports, mine: str) -> None:
        record = examples.text(mine)
        etag = ports.texts.insert(record)
        ports.texts.remove(record.ref)
        ports.texts.remove(record.ref)

        assert ports.texts.load(record.ref) is None
        with pytest.raises(Conflict):
            ports.texts.replace(record, etag)

    def test_of_two_workers_that_claim_one_text_exactly_one_wins(
        self, ports: Ports, mine: str
    ) -> None:
        for number in range(10):
            record = TextRecord(examples.text_ref(mine, number), TextState.CLAIMED)
            assert sorted(_race(ports.texts, record)) == ["claimed", "conflict"]


class TestLinks:
    def test_a_link_comes_back_by_its_digest(self, ports: Ports, mine: str) -> None:
        link = examples.link(mine)
        ports.links.put(link)
        ports.links.put(link)

        assert link == ports.links.find(link.digest)

    def test_an_unknown_digest_is_none(self, ports: Ports, mine: str) -> None:
        assert ports.links.find(examples.link(mine).digest) is None

    def test_a_link_is_removed_once_and_again(self, ports: Ports, mine: str) -> None:
        link = examples.link(mine)
        ports.links.put(link)

        ports.links.remove(link.digest)
        ports.links.remove(link.digest)

        assert ports.links.find(link.digest) is None


def _loaded(appointments: Appointments, like: Appointment) -> Appointment:
    stored = appointments.load(like.ref)
    assert stored is not None
    return stored.value


def _race(texts: Texts, record: TextRecord) -> list[str]:
    gate, outcomes = threading.Barrier(2), list[str]()

    def claim(worker: str) -> None:
        gate.wait()
        try:
            texts.insert(replace(record, claimed_by=worker))
        except Conflict:
            outcomes.append("conflict")
        else:
            outcomes.append("claimed")

    workers = [threading.Thread(target=claim, args=(worker,)) for worker in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return outcomes


def test_the_example_of_a_text_leaves_no_field_out(mine: str) -> None:
    """Otherwise a field that the adapter forgets would not be noticed."""
    example, bare = examples.text(mine), TextRecord(examples.text(mine).ref, TextState.READY)

    same = {
        field.name
        for field in fields(TextRecord)
        if getattr(example, field.name) == getattr(bare, field.name)
    }

    assert same == {"ref"}
