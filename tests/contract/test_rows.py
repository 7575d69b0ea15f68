"""Appointments, texts and links: conditional writes, round trips, races."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from azure.data.tables import TableServiceClient, UpdateMode

from shared_code.appointments.domain import Appointment, Status
from shared_code.appointments.ports import Appointments
from shared_code.appointments.refs import appointment_ref
from shared_code.connections.domain import FieldPaths
from shared_code.errors import Conflict
from shared_code.texting.domain.text import TextRecord, TextState
from shared_code.texting.ports import Texts
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import configure
from tests.world.connection import connection


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

    def test_an_appointment_is_found_by_its_csn_where_that_is_the_key(
        self, ports: Ports, mine: str
    ) -> None:
        """Rows of an earlier release say nothing of a CSN and are found all the same."""
        known = replace(
            examples.bare_appointment(mine), ref=appointment_ref(ports.rings, mine, "1")
        )
        ports.appointments.insert(known)

        found = ports.appointments.by_csn(mine, " 1 ")

        assert found is not None
        assert found.value == known
        assert ports.appointments.by_csn(mine, "01") is None
        assert ports.appointments.by_csn(f"{mine}0", "1") is None

    def test_an_appointment_is_found_by_another_csn_once_it_is_named(
        self, ports: Ports, mine: str
    ) -> None:
        _key_is_no_csn(ports, mine)
        known = replace(examples.bare_appointment(mine), csn="0042 é")
        ports.appointments.insert(known)
        before = ports.appointments.by_csn(mine, "0042 é")

        named = ports.appointments.name(known.ref, "0042 é")
        found = ports.appointments.by_csn(mine, "\t0042 é ")

        assert (before, named) == (None, known.ref)
        assert found is not None
        assert found.value == known
        assert ports.appointments.by_csn(mine, "42 é") is None
        assert ports.appointments.by_csn(mine, known.key) is None

    def test_a_csn_names_one_appointment(self, ports: Ports, mine: str) -> None:
        """The first one keeps it until it is given up or taken."""
        first, second = examples.ref(mine, 1), examples.ref(mine, 2)

        assert ports.appointments.name(first, "42") == first
        assert ports.appointments.name(first, "42") == first
        assert ports.appointments.name(second, "42") == first
        ports.appointments.unname(second, "42")
        assert ports.appointments.name(second, "42") == first
        ports.appointments.rename(second, "42")
        assert ports.appointments.name(first, "42") == second
        ports.appointments.unname(second, "42")
        ports.appointments.unname(second, "42")
        assert ports.appointments.name(first, "42") == first

    def test_a_name_leads_to_no_appointment_that_has_another_csn(
        self, ports: Ports, mine: str
    ) -> None:
        """Nor to one that is gone: a name is written before its row."""
        _key_is_no_csn(ports, mine)
        known = replace(examples.bare_appointment(mine), csn="43")
        ports.appointments.name(known.ref, "42")
        missing = ports.appointments.by_csn(mine, "42")
        ports.appointments.insert(known)

        assert missing is None
        assert ports.appointments.by_csn(mine, "42") is None

    def test_further_visits_of_a_series_are_found_by_the_key_they_share(
        self, ports: Ports, mine: str
    ) -> None:
        """Until they are struck off; once is enough."""
        second, third, other = (examples.ref(mine, number) for number in (2, 3, 4))
        for ref, key in ((second, "7'0é"), (third, "7'0é"), (second, "7'0é"), (other, "70")):
            ports.appointments.enlist(ref, key)

        both = ports.appointments.occurrences(mine, "7'0é")
        ports.appointments.delist(second, "7'0é")
        ports.appointments.delist(second, "7'0é")

        assert sorted(both, key=str) == [second, third]
        assert list(ports.appointments.occurrences(mine, "7'0é")) == [third]
        assert list(ports.appointments.occurrences(mine, "7")) == []
        assert list(ports.appointments.occurrences(f"{mine}0", "70")) == []
        assert list(ports.appointments.of(mine)) == []

    def test_where_the_csn_is_the_key_it_leads_to_a_visit_that_takes_place(
        self, ports: Ports, mine: str
    ) -> None:
        """The first one if that does, else another of the series; else the first all the same."""
        ref = appointment_ref(ports.rings, mine, "1")
        first = replace(examples.bare_appointment(mine), ref=ref, occurrence="1")
        further = replace(first, ref=examples.ref(mine, 2), occurrence="2")
        found = []
        for one, other in (
            (Status.ACTIVE, Status.ACTIVE),
            (Status.CANCELLED, Status.ACTIVE),
            (Status.CANCELLED, Status.CLOSED),
        ):
            for each, status in ((first, one), (further, other)):
                _put(ports.appointments, replace(each, status=status))
            ports.appointments.enlist(further.ref, "1")
            stored = ports.appointments.by_csn(mine, "1")
            found.append(stored.value.occurrence if stored else None)

        assert found == ["1", "2", "1"]

    def test_a_patient_of_an_earlier_release_has_one_identifier(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str
    ) -> None:
        """That release stored the keyed hash of one number, without who assigned it."""
        known = examples.appointment(mine)
        stored_ports.appointments.insert(known)
        table = raw_tables.get_table_client("appointments")
        row = table.get_entity(f"{mine}-00", known.ref.row)
        new = ("patients", "other_patients", "occurrence")
        old = {name: row[name] for name in row if name not in new} | {"patient": "1-" + "ab" * 16}
        table.update_entity(old, UpdateMode.REPLACE)

        found = _loaded(stored_ports.appointments, known)

        one = ("1-" + "ab" * 16,)
        assert found == replace(known, patients=one, other_patients=(), occurrence=None)

    def test_names_are_not_among_the_appointments(self, ports: Ports, mine: str) -> None:
        ports.appointments.insert(examples.appointment(mine))
        ports.appointments.name(examples.ref(mine), "42")

        assert [examples.ref(mine)] == list(ports.appointments.of(mine))

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

    def test_a_link_of_an_earlier_release_started_twelve_hours_before_its_end(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str
    ) -> None:
        """That release stored no start; until then every link was valid for twelve hours."""
        link = examples.link(mine)
        stored_ports.links.put(link)
        table = raw_tables.get_table_client("links")
        row = table.get_entity(link.digest[:2], link.digest[2:])
        table.update_entity(
            {name: row[name] for name in row if name != "start"}, UpdateMode.REPLACE
        )

        found = stored_ports.links.find(link.digest)

        assert found == replace(link, start=link.not_after - timedelta(hours=12))

    def test_an_unknown_digest_is_none(self, ports: Ports, mine: str) -> None:
        assert ports.links.find(examples.link(mine).digest) is None

    def test_a_link_is_removed_once_and_again(self, ports: Ports, mine: str) -> None:
        link = examples.link(mine)
        ports.links.put(link)

        ports.links.remove(link.digest)
        ports.links.remove(link.digest)

        assert ports.links.find(link.digest) is None


def _key_is_no_csn(ports: Ports, connection_id: str) -> None:
    """Have the connection's messages carry the CSN beside the key."""
    configure(ports, connection(id=connection_id, fields=FieldPaths(csn="ZCS-1")))


def _put(appointments: Appointments, appointment: Appointment) -> None:
    stored = appointments.load(appointment.ref)
    if stored is None:
        appointments.insert(appointment)
    else:
        appointments.replace(appointment, stored.etag)


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
