"""Payloads, dead letters, switches and the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.errors import Refused
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage

DIGEST = "0123456789abcdef01234567"


class TestPayloads:
    @pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500_000])
    def test_content_comes_back_until_it_is_removed(
        self, ports: Ports, mine: str, content: bytes
    ) -> None:
        name = f"{mine}/20260308"
        ports.payloads.put(name, b"before")
        ports.payloads.put(name, content)

        assert content == ports.payloads.get(name)
        ports.payloads.remove(name)
        ports.payloads.remove(name)
        assert ports.payloads.get(name) is None


class TestDeadLetters:
    def test_a_letter_is_found_whole_by_its_id_alone(self, ports: Ports, mine: str) -> None:
        letter = examples.letter(mine, mine[1:])
        ports.dead_letter_store.keep(letter)

        assert letter == ports.dead_letter_store.find(letter.id)

    def test_letters_of_nobody_are_found_too(self, ports: Ports, mine: str) -> None:
        letter = replace(examples.letter("", mine[1:], "_unassigned"), queue="sms-outbound")
        ports.dead_letter_store.keep(letter)

        assert letter == ports.dead_letter_store.find(letter.id)

    def test_burying_again_changes_nothing(self, ports: Ports, mine: str) -> None:
        letter = examples.letter(mine, mine[1:])
        ports.dead_letter_store.keep(letter)
        ports.dead_letter_store.keep(replace(letter, at=letter.at + timedelta(hours=1)))

        assert letter == ports.dead_letter_store.find(letter.id)

    def test_all_tenants_are_listed_newest_first_without_content(
        self, ports: Ports, mine: str
    ) -> None:
        letters = [
            examples.letter(mine, f"{mine[1:]}{hours}", tenant, examples.MOMENT - hours * HOUR)
            for hours, tenant in ((30, "_unassigned"), (0, mine), (167, mine), (1, mine))
        ]
        for letter in letters:
            ports.dead_letter_store.keep(letter)

        listed = [each for each in ports.dead_letter_store.list() if each.connection == mine]

        newest_first = sorted(letters, key=lambda letter: letter.at, reverse=True)
        assert [replace(letter, content="") for letter in newest_first] == listed

    def test_a_letter_is_removed_once_and_again(self, ports: Ports, mine: str) -> None:
        letter = examples.letter(mine, mine[1:])
        ports.dead_letter_store.keep(letter)

        ports.dead_letter_store.remove(letter.id)
        ports.dead_letter_store.remove(letter.id)

        assert ports.dead_letter_store.find(letter.id) is None
        assert [each for each in ports.dead_letter_store.list() if each.connection == mine] == []

    @pytest.mark.parametrize(
        "letter_id",
        ["", "nothing", "a~20260308~", "a'~20260308~0123456789", "a~20260308~0123456789\n", "~~"],
    )
    def test_what_is_no_id_names_no_letter(self, ports: Ports, letter_id: str) -> None:
        assert ports.dead_letter_store.find(letter_id) is None
        ports.dead_letter_store.remove(letter_id)

    def test_content_opens_only_with_its_own_key(
        self, stored_ports: Ports, azurite: Emulator, mine: str
    ) -> None:
        letter = examples.letter(mine, mine[1:])
        stored_ports.dead_letter_store.keep(letter)

        with pytest.raises(Refused):
            in_storage(azurite.connection_string).dead_letter_store.find(letter.id)


class TestSwitches:
    def test_the_last_beat_is_remembered_to_the_microsecond(self, ports: Ports, mine: str) -> None:
        assert ports.switches.last_beat(mine) is None

        ports.switches.beat(mine, examples.MOMENT)
        ports.switches.beat(mine, examples.MOMENT + HOUR)

        assert ports.switches.last_beat(mine) == examples.MOMENT + HOUR


class TestAudit:
    def test_entries_are_added_and_the_same_one_is_kept_once(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str
    ) -> None:
        entry = examples.entry(mine)
        other = replace(entry, action="keep")
        for each in (entry, entry, other):
            stored_ports.audit.record(each)

        rows = raw_tables.get_table_client("audit").query_entities(
            "PartitionKey eq @month", parameters={"month": f"{mine}-202603"}
        )
        expected = {(each.action, each.subject, each.at.isoformat()) for each in (entry, other)}
        assert expected == {(row["action"], row["subject"], row["at"]) for row in rows}


HOUR = timedelta(hours=1)
