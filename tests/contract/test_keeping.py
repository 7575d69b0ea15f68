"""Payloads, problems, dead letters, switches and the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.errors import Refused
from tests.contract import examples
from tests.contract.worlds import World, in_storage

DIGEST = "0123456789abcdef01234567"


class TestPayloads:
    @pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500_000])
    def test_content_comes_back_until_it_is_removed(
        self, world: World, mine: str, content: bytes
    ) -> None:
        name = f"{mine}/20260308"
        world.payloads.put(name, b"before")
        world.payloads.put(name, content)

        assert content == world.payloads.get(name)
        world.payloads.remove(name)
        world.payloads.remove(name)
        assert world.payloads.get(name) is None


class TestProblems:
    def test_the_same_problem_is_kept_once(
        self, stored_world: World, raw_tables: TableServiceClient, mine: str
    ) -> None:
        problem = examples.problem(mine, f"{mine[1:]}00")
        stored_world.problems.record(problem)
        stored_world.problems.record(replace(problem, at=problem.at + timedelta(hours=1)))

        assert [problem.at.isoformat()] == _times(raw_tables, "problems", mine)

    def test_problems_are_listed_as_they_were_recorded(
        self, stored_world: World, mine: str
    ) -> None:
        """The newest first, whole."""
        first = examples.problem(mine, f"{mine[1:]}01")
        second = replace(
            examples.problem(mine, f"{mine[1:]}02"), at=first.at + timedelta(hours=1), subject="two"
        )
        stored_world.problems.record(first)
        stored_world.problems.record(second)
        listed = [each for each in stored_world.problems.list() if each.id in (first.id, second.id)]

        assert listed == [second, first]

    def test_a_problem_is_removed_once_and_again(
        self, stored_world: World, raw_tables: TableServiceClient, mine: str
    ) -> None:
        problem = examples.problem(mine, f"{mine[1:]}00")
        stored_world.problems.record(problem)

        stored_world.problems.remove(problem.id)
        stored_world.problems.remove(problem.id)

        assert _times(raw_tables, "problems", mine) == []

    def test_removing_what_never_was_is_well(
        self, stored_world: World, raw_tables: TableServiceClient, mine: str
    ) -> None:
        problem = examples.problem(mine, f"{mine[1:]}00")
        stored_world.problems.record(problem)
        stored_world.problems.record(problem)

        stored_world.problems.remove("nothing")

        assert len(_times(raw_tables, "problems", mine)) == 1


class TestDeadLetters:
    def test_a_letter_is_found_whole_by_its_id_alone(self, world: World, mine: str) -> None:
        letter = examples.letter(mine, mine[1:])
        world.dead_letters.keep(letter)

        assert letter == world.dead_letters.find(letter.id)

    def test_letters_of_nobody_are_found_too(self, world: World, mine: str) -> None:
        letter = replace(examples.letter("", mine[1:], "_unassigned"), queue="sms-outbound")
        world.dead_letters.keep(letter)

        assert letter == world.dead_letters.find(letter.id)

    def test_burying_again_changes_nothing(self, world: World, mine: str) -> None:
        letter = examples.letter(mine, mine[1:])
        world.dead_letters.keep(letter)
        world.dead_letters.keep(replace(letter, at=letter.at + timedelta(hours=1)))

        assert letter == world.dead_letters.find(letter.id)

    def test_all_tenants_are_listed_newest_first_without_content(
        self, world: World, mine: str
    ) -> None:
        letters = [
            examples.letter(mine, f"{mine[1:]}{hours}", tenant, examples.MOMENT - hours * HOUR)
            for hours, tenant in ((30, "_unassigned"), (0, mine), (167, mine), (1, mine))
        ]
        for letter in letters:
            world.dead_letters.keep(letter)

        listed = [each for each in world.dead_letters.list() if each.connection == mine]

        newest_first = sorted(letters, key=lambda letter: letter.at, reverse=True)
        assert [replace(letter, content="") for letter in newest_first] == listed

    def test_a_letter_is_removed_once_and_again(self, world: World, mine: str) -> None:
        letter = examples.letter(mine, mine[1:])
        world.dead_letters.keep(letter)

        world.dead_letters.remove(letter.id)
        world.dead_letters.remove(letter.id)

        assert world.dead_letters.find(letter.id) is None
        assert [each for each in world.dead_letters.list() if each.connection == mine] == []

    @pytest.mark.parametrize(
        "letter_id",
        ["", "nothing", "a~20260308~", "a'~20260308~0123456789", "a~20260308~0123456789\n", "~~"],
    )
    def test_what_is_no_id_names_no_letter(self, world: World, letter_id: str) -> None:
        assert world.dead_letters.find(letter_id) is None
        world.dead_letters.remove(letter_id)

    def test_content_opens_only_with_its_own_key(
        self, stored_world: World, azurite: Emulator, mine: str
    ) -> None:
        letter = examples.letter(mine, mine[1:])
        stored_world.dead_letters.keep(letter)

        with pytest.raises(Refused):
            in_storage(azurite.connection_string).dead_letters.find(letter.id)


class TestSwitches:
    def test_the_last_beat_is_remembered_to_the_microsecond(self, world: World, mine: str) -> None:
        assert world.switches.last_beat(mine) is None

        world.switches.beat(mine, examples.MOMENT)
        world.switches.beat(mine, examples.MOMENT + HOUR)

        assert world.switches.last_beat(mine) == examples.MOMENT + HOUR


class TestAudit:
    def test_entries_are_added_and_the_same_one_is_kept_once(
        self, stored_world: World, raw_tables: TableServiceClient, mine: str
    ) -> None:
        entry = examples.entry(mine)
        other = replace(entry, action="bury")
        for each in (entry, entry, other):
            stored_world.audit.record(each)

        rows = raw_tables.get_table_client("audit").query_entities(
            "PartitionKey eq @month", parameters={"month": f"{mine}-202603"}
        )
        expected = {(each.action, each.subject, each.at.isoformat()) for each in (entry, other)}
        assert expected == {(row["action"], row["subject"], row["at"]) for row in rows}


HOUR = timedelta(hours=1)


def _times(service: TableServiceClient, table: str, connection: str) -> list[str]:
    rows = service.get_table_client(table).query_entities(
        "connection eq @connection", parameters={"connection": connection}
    )
    return [row["at"] for row in rows]
