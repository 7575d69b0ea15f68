"""
Nobody can read a phone number once the agenda has run its course: not in tables, queues, blobs,
dead letters, answers or logs, in no encoding, and with the keys no more than without them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import stack
from local.demo.__main__ import SETTINGS
from local.demo.machine import Machine
from shared_code.security.keys import KeyRing
from shared_code.settings import Settings
from shared_code.wiring.azure import AzurePorts
from tests.stories.retention import POISON, ROLES, Lives
from tests.stories.retention_steps import STEPS
from tests.support import canaries

APPOINTMENTS, PAYLOADS = "table appointments", "container hl7-inbound"
LETTERS = "container deadletters"
BURIED = {"poison", "garbage", "broken"}
AHEAD = {"life", "right", "stays", "moves", "large", "pair", "stop"}
KEPT = {
    "booked": set(ROLES) - {"office"},
    "poisoned": set(ROLES) - {"office"},
    "buried": set(ROLES) - {"office"},
    "changed": AHEAD,
    "late": AHEAD,
    "reminded": AHEAD,
    "over": {"moves"},
}
"""Whose number is kept at which look, sealed in the row; at all others nobody's is."""
NOBODY_S = ("day after", "a week later", "week", "month", "half a year")


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """A machine of its own, everything that happens on it, and a look after each step."""
    directory = tmp_path_factory.mktemp("retention")
    running = stack.start(stack.Options(directory, settings=SETTINGS))
    try:
        played = Lives(Machine(running), _payload_ring(running))
        for name, step in STEPS.items():
            step(played)
            played.look(name)
        yield played
    finally:
        running.stop()


def _payload_ring(running: stack.Stack) -> KeyRing:
    """The keys as the app reads them from the vault."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            environment.setenv(name, running.environment[name])
        settings = Settings.from_environment(running.environment | {"CONNECTOR_ROLE": "web"})
        return AzurePorts(settings).rings.payload


@pytest.mark.parametrize("name", [*KEPT, *NOBODY_S])
def test_nothing_is_readable_at_any_time(lives: Lives, name: str) -> None:
    """No number, name, record or birth date, but for what somebody else made poison of."""
    expected = {(who, f"queue {POISON}") for who in _of("garbage") if name == "poisoned"}

    found = lives.looks[name].plain

    assert found == expected


@pytest.mark.parametrize("name", [*KEPT, *NOBODY_S])
def test_the_keys_open_everything_that_is_sealed(lives: Lives, name: str) -> None:
    """No seal stays shut: what cannot be opened could not be searched either."""
    assert lives.looks[name].unopened == frozenset()


@pytest.mark.parametrize("name", KEPT)
def test_a_number_is_kept_as_long_as_it_is_needed(lives: Lives, name: str) -> None:
    """The keys open exactly these in the rows: whoever has a visit ahead or is still to be told."""
    found = lives.looks[name].phones_at(APPOINTMENTS)

    assert found == KEPT[name]


@pytest.mark.parametrize("name", NOBODY_S)
def test_no_row_has_a_phone_when_the_visits_are_over(lives: Lives, name: str) -> None:
    """Not even a sealed one."""
    rows = lives.looks[name].tables.get("appointments", [])

    assert [row for row in rows if "phone" in row] == []


def test_a_large_message_is_kept_until_it_cannot_come_back(lives: Lives) -> None:
    """It lies sealed in a blob, which is erased once the message is applied."""
    found = {name: look.phones_at(PAYLOADS) for name, look in lives.looks.items()}
    blobs = {name: look.blobs["hl7-inbound"] for name, look in lives.looks.items()}

    assert (found["booked"], len(blobs["booked"])) == ({"large"}, 1)
    assert [blobs[name] for name in ("reminded", "over", *NOBODY_S)] == [()] * (2 + len(NOBODY_S))


def test_dead_letters_are_kept_until_the_visit_or_for_a_week(lives: Lives) -> None:
    """Sealed from the moment that they are buried; only of the poison is it known when it ends."""
    found = {name: look.phones_at(LETTERS) for name, look in lives.looks.items()}

    assert lives.looks["poisoned"].phones_at(f"queue {POISON}") == {"poison"}
    assert (found["booked"], found["poisoned"]) == ({"broken"}, {"broken"})
    assert found["buried"] == BURIED
    assert [found[name] for name in ("over", "day after")] == [BURIED - {"poison"}] * 2
    assert lives.looks["a week later"].blobs["deadletters"] == ()


@pytest.mark.parametrize("name", ["a week later", "week", "month", "half a year"])
def test_nothing_is_left_even_for_whoever_has_the_keys(lives: Lives, name: str) -> None:
    """A week after the last visit no number, name or record is in the account, sealed or not."""
    assert lives.looks[name].opened == frozenset()


def test_a_number_that_no_visit_had_is_nowhere(lives: Lives) -> None:
    """Of an office visit, a second patient in a message, a change after the cancellation."""
    nobodies = {"office", "second", "late-older", "late-newer"}
    seen = {found for look in lives.looks.values() for found in look.opened}

    assert {(who, place) for who, place in seen if who in nobodies} == set()


def test_a_number_that_was_replaced_is_nowhere(lives: Lives) -> None:
    """From the moment of the change on, the other one is."""
    seen = {name: {who for who, _ in look.opened} for name, look in lives.looks.items()}

    assert {name for name, found in seen.items() if "corrected" in found} == {
        "booked",
        "poisoned",
        "buried",
    }
    assert "right" in seen["changed"]


def test_visits_are_forgotten_in_their_order(lives: Lives) -> None:
    """Links a week after they expired, rows after a month, texts after half a year."""
    left = {
        name: [table for table in ("links", "appointments", "texts") if look.tables[table]]
        for name, look in lives.looks.items()
    }

    assert left["a week later"] == ["links", "appointments", "texts"]
    assert left["week"] == ["appointments", "texts"]
    assert left["month"] == ["texts"]
    assert left["half a year"] == []


def test_a_csn_goes_with_its_row(lives: Lives) -> None:
    """It stands in the row of its appointment, in no key, and after a month nowhere."""
    places = {place for look in lives.looks.values() for _, place in look.visits}
    rows = [row for look in lives.looks.values() for table in look.tables.values() for row in table]
    written = repr([(row["PartitionKey"], row["RowKey"]) for row in rows]).encode()

    assert places == {APPOINTMENTS}
    assert canaries.find(written, lives.csns()) == []
    assert lives.looks["month"].visits == frozenset()


def test_the_agenda_has_nothing_more_to_do(lives: Lives) -> None:
    """In the end it has run its course, for everybody."""
    assert lives.looks["booked"].tables["agenda"] != []
    assert lives.looks["half a year"].tables["agenda"] == []


def test_no_log_says_whose_visit_it_was(lives: Lives) -> None:
    """No host and no door wrote a number, name, record, birth date or CSN."""
    everybody = {**lives.phones(), **lives.identities()}
    logs = {file.name: file.read_bytes() for file in lives.logs()}

    found = {
        name: canaries.find(content, everybody) + canaries.find(content, lives.csns())
        for name, content in logs.items()
    }

    assert {name: hits for name, hits in found.items() if hits} == {}
    assert {"host-hl7.log", "host-web.log", "doors.log"} <= logs.keys()


def _of(who: str) -> set[str]:
    return {who, f"name of {who}", f"record of {who}"}
