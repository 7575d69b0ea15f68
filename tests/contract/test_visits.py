"""Visits and the days of organizers: conditional writes, round trips, sums, sealed links."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.errors import Conflict, Refused
from shared_code.visits.domain.organizers import OrganizerDay, OrganizerUse, organizer_key
from shared_code.visits.domain.visit import Visit, VisitState
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage


def _bare(mine: str) -> Visit:
    return Visit(examples.visit(mine).ref, "tenant", None, 60, examples.MOMENT)


class TestVisits:
    def test_every_field_comes_back(self, ports: Ports, mine: str) -> None:
        visit = examples.visit(mine)

        etag = ports.visits.insert(visit)

        stored = ports.visits.load(visit.ref)
        assert stored is not None
        assert (visit, etag) == (stored.value, stored.etag)

    def test_a_replace_forgets_what_the_new_value_does_not_say(
        self, ports: Ports, mine: str
    ) -> None:
        etag = ports.visits.insert(examples.visit(mine))

        ports.visits.replace(_bare(mine), etag)

        stored = ports.visits.load(_bare(mine).ref)
        assert stored is not None
        assert _bare(mine) == stored.value

    def test_the_second_insert_is_a_conflict(self, ports: Ports, mine: str) -> None:
        ports.visits.insert(examples.visit(mine))

        with pytest.raises(Conflict):
            ports.visits.insert(_bare(mine))

    def test_the_etag_of_a_replace_is_good_for_the_next_one(self, ports: Ports, mine: str) -> None:
        visit = examples.visit(mine)
        first = ports.visits.insert(visit)
        second = ports.visits.replace(replace(visit, state=VisitState.READY), first)

        third = ports.visits.replace(visit, second)

        assert len({first, second, third}) == 3
        with pytest.raises(Conflict):
            ports.visits.replace(visit, second)

    def test_what_is_gone_is_none_and_cannot_be_replaced(self, ports: Ports, mine: str) -> None:
        visit = examples.visit(mine)
        etag = ports.visits.insert(visit)
        ports.visits.remove(visit.ref)
        ports.visits.remove(visit.ref)

        assert ports.visits.load(visit.ref) is None
        with pytest.raises(Conflict):
            ports.visits.replace(visit, etag)

    def test_of_many_workers_exactly_one_gets_the_lease(self, ports: Ports, mine: str) -> None:
        etag = ports.visits.insert(examples.visit(mine))
        gate, won = threading.Barrier(8), list[str]()

        def lease(worker: str) -> None:
            gate.wait()
            try:
                ports.visits.replace(replace(examples.visit(mine), leased_by=worker), etag)
            except Conflict:
                return
            won.append(worker)

        workers = [threading.Thread(target=lease, args=(f"worker-{n}",)) for n in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        stored = ports.visits.load(examples.visit(mine).ref)
        assert stored is not None
        assert won == [stored.value.leased_by]


def _use(ports: Ports, first: OrganizerDay) -> OrganizerUse:
    uses = ports.organizer_days.uses(examples.TENANT, first.day)
    return uses.get(first.organizer, OrganizerUse())


class TestOrganizerDays:
    def test_days_add_up_from_the_first_one_asked_for(self, ports: Ports, mine: str) -> None:
        days = ports.organizer_days
        for ago in (0, 0, 1, 30, 31, 32):
            days.add(examples.organizer_day(mine, ago), OrganizerUse(10**ago % 97), lambda: None)
        days.add(examples.organizer_day(mine, 1), examples.LEFT_OUT, lambda: None)

        meetings = sum(10**ago % 97 for ago in (0, 0, 1, 30, 31)) + 3
        assert _use(ports, examples.organizer_day(mine, 31)) == OrganizerUse(
            meetings, examples.MOMENT
        )

    def test_an_organizations_accounts_are_found_together(self, ports: Ports, mine: str) -> None:
        days, today = ports.organizer_days, examples.MOMENT.date()
        ours = [organizer_key(mine, account) for account in "ab"]
        for key in (*ours, organizer_key(f"{mine}0", "a"), organizer_key(mine[:-1], "a")):
            days.add(OrganizerDay(key, today), OrganizerUse(1), lambda: None)

        assert days.uses(mine, today) == dict.fromkeys(ours, OrganizerUse(1))

    def test_the_later_pause_counts(self, ports: Ports, mine: str) -> None:
        days, day = ports.organizer_days, examples.organizer_day(mine)
        later = examples.MOMENT + timedelta(minutes=1)
        for until in (examples.MOMENT, later, None, examples.MOMENT):
            days.add(day, OrganizerUse(left_out_until=until), lambda: None)

        assert OrganizerUse(0, later) == _use(ports, day)

    def test_what_erases_a_day_is_written_before_its_row(self, ports: Ports, mine: str) -> None:
        days, day, seen = ports.organizer_days, examples.organizer_day(mine), list[int]()

        def note() -> None:
            seen.append(_use(ports, day).meetings)

        days.add(day, OrganizerUse(1), note)
        days.add(day, OrganizerUse(1), note)

        assert seen == [0]

    def test_no_meeting_is_lost_when_many_count(self, ports: Ports, mine: str) -> None:
        days, day = ports.organizer_days, examples.organizer_day(mine)
        workers = [
            threading.Thread(target=days.add, args=(day, OrganizerUse(1), lambda: None))
            for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert _use(ports, day).meetings == 4

    def test_a_day_is_removed_once_and_again(self, ports: Ports, mine: str) -> None:
        days, day = ports.organizer_days, examples.organizer_day(mine)
        days.add(day, OrganizerUse(1), lambda: None)
        days.remove(day)
        days.remove(day)

        assert OrganizerUse() == _use(ports, day)


def test_links_are_sealed_for_their_row_and_kind(
    stored_ports: Ports, raw_tables: TableServiceClient, mine: str
) -> None:
    """They are nowhere in clear, and open in no other place."""
    visit = examples.visit(mine)
    stored_ports.visits.insert(visit)
    table = raw_tables.get_table_client("visits")
    (row,) = table.query_entities("PartitionKey eq @at", parameters={"at": f"{mine}-00"})
    assert "teams" not in str(dict(row))

    swapped = {**row, "join_url": row["guest_url"], "guest_url": row["join_url"]}
    table.upsert_entity(swapped)
    with pytest.raises(Refused):
        stored_ports.visits.load(visit.ref)

    other = examples.visit(mine, 1)
    table.create_entity({**row, "RowKey": other.ref.row})
    with pytest.raises(Refused):
        stored_ports.visits.load(other.ref)


def test_a_link_whose_key_is_gone_is_not_guessed(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    stored_ports.visits.insert(examples.visit(mine))

    with pytest.raises(Refused):
        in_storage(azurite.connection_string).visits.load(examples.visit(mine).ref)


def test_the_example_of_a_visit_leaves_no_field_out(mine: str) -> None:
    """Otherwise a field that the adapter forgets would not be noticed."""
    example, bare = examples.visit(mine), _bare(mine)
    same = {
        field.name
        for field in fields(Visit)
        if getattr(example, field.name) == getattr(bare, field.name)
    }

    assert same == {"ref", "created"}
