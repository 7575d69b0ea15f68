"""Launches, sign-ins, pages and linked accounts: conditional writes, seals, erasing in portions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.errors import Code, Conflict, Refused
from shared_code.launching.domain.launch import Door, Issuer, Launch, Result, SignInAttempt
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.rows import Stored
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage

OTHER_OID = "0a000000-0000-4000-8000-00000000000e"


@dataclass(frozen=True)
class Kind:
    """One of the three kinds of rows that are used by the hash of a token."""

    example: Callable[..., Any]
    bare: Callable[[str], Any]
    insert: Callable[[Ports], Callable[[Any], None]]
    load: Callable[[Ports], Callable[[TokenKey], Stored[Any] | None]]
    replace: Callable[[Ports], Callable[[Any, str], str]]
    erase: Callable[[Ports], Callable[[str, int], bool]]
    table: str


def _launch(mine: str) -> Launch:
    key, issuer = examples.launch(mine).key, Issuer("", "", "", "")
    return Launch(key, "", Door.PROVIDER, issuer, examples.MOMENT, "", "")


def _attempt(mine: str) -> SignInAttempt:
    whole = examples.attempt(mine)
    return SignInAttempt(whole.key, whole.session, examples.MOMENT, "")


def _session(mine: str) -> Session:
    whole = examples.session(mine)
    return Session(**{each.name: getattr(whole, each.name) for each in fields(Session)[:9]})


KINDS = {
    "launch": Kind(
        examples.launch,
        _launch,
        lambda ports: ports.launches.insert_launch,
        lambda ports: ports.launches.load_launch,
        lambda ports: ports.launches.replace_launch,
        lambda ports: ports.launches.erase,
        "launches",
    ),
    "sign-in": Kind(
        examples.attempt,
        _attempt,
        lambda ports: ports.launches.insert_attempt,
        lambda ports: ports.launches.load_attempt,
        lambda ports: ports.launches.replace_attempt,
        lambda ports: ports.launches.erase,
        "launches",
    ),
    "page": Kind(
        examples.session,
        _session,
        lambda ports: ports.sessions.insert,
        lambda ports: ports.sessions.load,
        lambda ports: ports.sessions.replace,
        lambda ports: ports.sessions.erase,
        "sessions",
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return how to write and read one of the kinds."""
    return KINDS[request.param]


class TestRowsOfTokens:
    def test_every_field_comes_back(self, ports: Ports, mine: str, kind: Kind) -> None:
        example = kind.example(mine)

        kind.insert(ports)(example)

        stored = kind.load(ports)(example.key)
        assert stored is not None
        assert example == stored.value

    def test_a_replace_forgets_what_the_new_value_does_not_say(
        self, ports: Ports, mine: str, kind: Kind
    ) -> None:
        kind.insert(ports)(kind.example(mine))
        bare = kind.bare(mine)

        kind.replace(ports)(bare, _etag(ports, kind, bare.key))

        stored = kind.load(ports)(bare.key)
        assert stored is not None
        assert bare == stored.value

    def test_the_second_insert_is_a_conflict(self, ports: Ports, mine: str, kind: Kind) -> None:
        kind.insert(ports)(kind.example(mine))

        with pytest.raises(Conflict):
            kind.insert(ports)(kind.bare(mine))

    def test_each_write_changes_the_etag_and_an_old_one_is_a_conflict(
        self, ports: Ports, mine: str, kind: Kind
    ) -> None:
        example = kind.example(mine)
        kind.insert(ports)(example)
        first = _etag(ports, kind, example.key)
        second = kind.replace(ports)(example, first)
        third = kind.replace(ports)(kind.bare(mine), second)

        assert len({first, second, third}) == 3
        assert third == _etag(ports, kind, example.key)
        with pytest.raises(Conflict):
            kind.replace(ports)(example, second)

    def test_what_is_gone_is_none_and_cannot_be_replaced(
        self, ports: Ports, mine: str, kind: Kind
    ) -> None:
        example = kind.example(mine, moment=_moment(mine))
        assert kind.load(ports)(example.key) is None
        kind.insert(ports)(example)
        etag = _etag(ports, kind, example.key)

        assert kind.erase(ports)(example.key.bucket, 9)

        assert kind.load(ports)(example.key) is None
        with pytest.raises(Conflict):
            kind.replace(ports)(example, etag)

    def test_of_two_at_the_same_time_exactly_one_takes_it(
        self, ports: Ports, mine: str, kind: Kind
    ) -> None:
        example = kind.example(mine)
        kind.insert(ports)(example)
        etag = _etag(ports, kind, example.key)
        gate, won = threading.Barrier(8), list[str]()

        def take() -> None:
            gate.wait()
            try:
                won.append(kind.replace(ports)(example, etag))
            except Conflict:
                return

        workers = [threading.Thread(target=take) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert won == [_etag(ports, kind, example.key)]

    def test_the_example_leaves_no_field_out(self, mine: str, kind: Kind) -> None:
        """Otherwise a field that the adapter forgets would not be noticed."""
        example, bare = kind.example(mine), kind.bare(mine)
        same = {
            each.name
            for each in fields(example)
            if getattr(example, each.name) == getattr(bare, each.name)
        }
        required = {each.name for each in fields(Session)[:9]}
        assert same <= {"key", "created", "session"} | required

    @pytest.mark.parametrize("kind", ["launch", "sign-in"], indirect=True)
    def test_what_is_sealed_opens_in_its_own_row_only(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str, kind: Kind
    ) -> None:
        example, other = kind.example(mine), kind.example(f"other {mine}")
        kind.insert(stored_ports)(example)
        table, key = raw_tables.get_table_client(kind.table), example.key
        row = table.get_entity(f"{key.bucket}-{key.digest[0]}", key.digest)
        moved = {"PartitionKey": f"{other.key.bucket}-{other.key.digest[0]}"}
        table.create_entity({**row, **moved, "RowKey": other.key.digest})

        with pytest.raises(Refused):
            kind.load(stored_ports)(other.key)

    @pytest.mark.parametrize("kind", ["launch", "sign-in"], indirect=True)
    def test_what_is_sealed_with_a_key_that_is_gone_is_not_guessed(
        self, stored_ports: Ports, azurite: Emulator, mine: str, kind: Kind
    ) -> None:
        example = kind.example(mine)
        kind.insert(stored_ports)(example)

        with pytest.raises(Refused):
            kind.load(in_storage(azurite.connection_string))(example.key)


class TestErasing:
    @pytest.mark.parametrize(
        ("rows", "most", "rounds"), [(0, 5, [True]), (5, 5, [True]), (12, 5, [False, False, True])]
    )
    def test_a_bucket_is_erased_in_portions(
        self, ports: Ports, mine: str, rows: int, most: int, rounds: list[bool]
    ) -> None:
        """Each portion says whether it was the last; no portion is larger than wanted."""
        moment = _moment(mine)
        launches = [examples.launch(f"{mine} {n}", moment) for n in range(rows - rows // 2)]
        attempts = [examples.attempt(f"{mine} {n}", moment) for n in range(rows // 2)]
        for launch in launches:
            ports.launches.insert_launch(launch)
        for attempt in attempts:
            ports.launches.insert_attempt(attempt)

        left, found = [], []
        for _ in rounds:
            found.append(ports.launches.erase(examples.launch(mine, moment).key.bucket, most))
            left.append(
                sum(ports.launches.load_launch(each.key) is not None for each in launches)
                + sum(ports.launches.load_attempt(each.key) is not None for each in attempts)
            )

        assert rounds == found
        assert left == [max(0, rows - most * (number + 1)) for number in range(len(rounds))]

    def test_other_buckets_stay(self, ports: Ports, mine: str) -> None:
        moment = _moment(mine)
        mine_, later = examples.session(mine, moment=moment), moment + timedelta(minutes=10)
        other = examples.session(mine, moment=later)
        for each in (mine_, other):
            ports.sessions.insert(each)

        assert ports.sessions.erase(mine_.key.bucket, 100)

        assert ports.sessions.load(mine_.key) is None
        assert ports.sessions.load(other.key) is not None

    def test_more_rows_than_one_transaction_has_are_erased(self, ports: Ports, mine: str) -> None:
        """A hundred rows of a partition is the service's limit."""
        session = examples.session(mine, moment=_moment(mine))
        bucket = session.key.bucket
        keys = [TokenKey(bucket, f"a{number:063x}") for number in range(101)]
        for key in keys:
            ports.sessions.insert(replace(session, key=key))

        assert ports.sessions.erase(bucket, 2000)

        assert [key for key in (keys[0], keys[100]) if ports.sessions.load(key)] == []

    def test_two_workers_erase_the_same_bucket(self, ports: Ports, mine: str) -> None:
        """What the other one has erased already is no error."""
        session = examples.session(mine, moment=_moment(mine))
        bucket = session.key.bucket
        keys = [TokenKey(bucket, f"b{number:063x}") for number in range(60)]
        for key in keys:
            ports.sessions.insert(replace(session, key=key))
        gate, answers = threading.Barrier(2), list[bool]()

        def erase() -> None:
            gate.wait()
            answers.append(ports.sessions.erase(bucket, 100))

        workers = [threading.Thread(target=erase) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert answers == [True, True]
        assert [key for key in keys if ports.sessions.load(key)] == []


class TestKindsOfLaunches:
    def test_a_launch_is_no_sign_in_and_a_sign_in_no_launch(self, ports: Ports, mine: str) -> None:
        launch, attempt = examples.launch(mine), examples.attempt(mine)
        ports.launches.insert_launch(launch)
        ports.launches.insert_attempt(attempt)

        assert ports.launches.load_attempt(launch.key) is None
        assert ports.launches.load_launch(attempt.key) is None

    @pytest.mark.parametrize(
        "result",
        [Result(handle="h", browser="b"), Result(url="https://u"), Result(code=Code("visit_over"))],
        ids=["page", "meeting", "refusal"],
    )
    def test_each_result_comes_back(self, ports: Ports, mine: str, result: Result) -> None:
        launch = _launch(mine).finish(result, examples.MOMENT)
        ports.launches.insert_launch(launch)

        stored = ports.launches.load_launch(launch.key)
        assert stored is not None
        assert launch == stored.value


class TestLinkedUsers:
    def test_every_field_comes_back_and_the_newest_link_counts(
        self, ports: Ports, mine: str
    ) -> None:
        first = examples.linked_user(mine)
        newer = replace(
            first, account=OTHER_OID, tenant="t", name="sam@lamna.example", used=examples.MOMENT
        )
        found = []
        for link in (first, newer):
            ports.linked_users.put(link)
            stored = ports.linked_users.load(mine, first.user)
            found.append(stored and stored.value)

        assert found == [first, newer]

    def test_an_account_of_another_user_is_seen(self, ports: Ports, mine: str) -> None:
        users, dana = ports.linked_users, examples.linked_user(mine)
        assert not users.others_of(mine, examples.OID, dana.user)

        users.put(dana)

        other = examples.linked_user(mine, 1).user
        assert not users.others_of(mine, examples.OID, dana.user)
        assert users.others_of(mine, examples.OID, other)
        assert not users.others_of(mine, OTHER_OID, other)
        assert not users.others_of(f"{mine}x", examples.OID, other)

    def test_a_user_with_another_account_frees_the_first_one(self, ports: Ports, mine: str) -> None:
        users, dana = ports.linked_users, examples.linked_user(mine)
        users.put(dana)
        users.put(replace(dana, account=OTHER_OID))

        assert not users.others_of(mine, examples.OID, "1-0")
        assert users.others_of(mine, OTHER_OID, "1-0")

    def test_two_users_may_have_one_account(self, ports: Ports, mine: str) -> None:
        users, one, other = ports.linked_users, *(examples.linked_user(mine, n) for n in (0, 1))
        users.put(one)
        users.put(other)
        users.remove(mine, one.user)

        assert users.load(mine, one.user) is None
        assert users.load(mine, other.user) is not None
        assert users.others_of(mine, examples.OID, one.user)
        assert not users.others_of(mine, examples.OID, other.user)

    def test_a_link_is_removed_once_and_again(self, ports: Ports, mine: str) -> None:
        users, dana = ports.linked_users, examples.linked_user(mine)
        users.remove(mine, dana.user)
        users.put(dana)
        users.remove(mine, dana.user)
        users.remove(mine, dana.user)

        assert users.load(mine, dana.user) is None
        assert not users.others_of(mine, examples.OID, "1-0")

    def test_removing_leaves_no_row(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str
    ) -> None:
        """Neither the user's nor the account's, also when the account was changed meanwhile."""
        dana = examples.linked_user(mine)
        stored_ports.linked_users.put(dana)
        stored_ports.linked_users.put(replace(dana, account=OTHER_OID))
        stored_ports.linked_users.remove(mine, dana.user)

        assert _rows(raw_tables, mine) == []

    def test_the_sign_in_name_opens_in_its_own_row_only(
        self, stored_ports: Ports, raw_tables: TableServiceClient, mine: str
    ) -> None:
        dana, other = examples.linked_user(mine), examples.linked_user(mine, 1)
        stored_ports.linked_users.put(dana)
        (row,) = [each for each in _rows(raw_tables, mine) if "name" in each]
        table = raw_tables.get_table_client("ehrusers")
        table.create_entity({**row, "RowKey": f"user~{other.user}"})

        with pytest.raises(Refused):
            stored_ports.linked_users.load(mine, other.user)


def _etag(ports: Ports, kind: Kind, key: TokenKey) -> str:
    stored = kind.load(ports)(key)
    assert stored is not None
    return stored.etag


def _moment(mine: str) -> datetime:
    """Return a time whose ten minutes no other test uses."""
    return examples.MOMENT + timedelta(days=365, minutes=10 * (int(mine[1:], 16) % 50_000_000))


def _rows(tables: TableServiceClient, mine: str) -> list[dict[str, Any]]:
    found = tables.get_table_client("ehrusers").query_entities(
        "PartitionKey eq @mine", parameters={"mine": mine}
    )
    return [dict(row) for row in found]
