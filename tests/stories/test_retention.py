"""
Nobody can read a phone number once the agenda has erased it.

Not in tables, queues, blobs, dead letters, answers or logs, in no encoding, with or without the
keys.
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
DEAD_LETTERED = {"poison", "garbage", "broken"}
AHEAD = {"life", "right", "stays", "moves", "large", "stop"}
NEVER = {"office", "pair"}
KEPT = {
    "booked": set(ROLES) - NEVER,
    "poisoned": set(ROLES) - NEVER,
    "dead-lettered": set(ROLES) - NEVER,
    "changed": AHEAD,
    "late": AHEAD,
    "reminded": AHEAD,
    "launched": AHEAD,
    "over": {"moves"},
}
"""Whose number is in the rows, sealed, at each snapshot; at all others none is."""
WITHOUT_NUMBERS = ("day after", "a week later", "week", "month", "half a year", "a year")


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """Start a machine, play everything that happens on it, and take a snapshot after each step."""
    directory = tmp_path_factory.mktemp("retention")
    running = stack.start(stack.Options(directory, settings=SETTINGS))
    try:
        played = Lives(Machine(running), _payload_ring(running))
        for name, step in STEPS.items():
            step(played)
            played.snapshot(name)
        yield played
    finally:
        running.stop()


def _payload_ring(running: stack.Stack) -> KeyRing:
    """Return the keys as the app reads them from the vault."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            environment.setenv(name, running.environment[name])
        settings = Settings.from_environment(running.environment | {"CONNECTOR_ROLE": "web"})
        return AzurePorts(settings).rings.payload


@pytest.mark.parametrize("name", [*KEPT, *WITHOUT_NUMBERS])
def test_nothing_is_readable_at_any_time(lives: Lives, name: str) -> None:
    """No number, name, record or birth date is readable, except in poison that others put there."""
    expected = {(who, f"queue {POISON}") for who in _of("garbage") if name == "poisoned"}

    found = lives.snapshots[name].plain

    assert found == expected


@pytest.mark.parametrize("name", [*KEPT, *WITHOUT_NUMBERS])
def test_the_keys_open_everything_that_is_sealed(lives: Lives, name: str) -> None:
    """No seal stays closed: what cannot be opened could not be searched either."""
    assert lives.snapshots[name].unopened == frozenset()


@pytest.mark.parametrize("name", KEPT)
def test_a_number_is_kept_as_long_as_it_is_needed(lives: Lives, name: str) -> None:
    """
    The keys open exactly these in the rows: patients with a visit ahead or still to be notified.
    """
    found = lives.snapshots[name].phones_at(APPOINTMENTS)

    assert found == KEPT[name]


@pytest.mark.parametrize("name", WITHOUT_NUMBERS)
def test_no_row_has_a_phone_when_the_visits_are_over(lives: Lives, name: str) -> None:
    """Not even a sealed one."""
    rows = lives.snapshots[name].tables.get("appointments", [])

    assert [row for row in rows if "phone" in row] == []


def test_a_large_message_is_kept_until_it_cannot_come_back(lives: Lives) -> None:
    """It lies sealed in a blob, which is erased once the message is applied."""
    found = {name: snapshot.phones_at(PAYLOADS) for name, snapshot in lives.snapshots.items()}
    blobs = {name: snapshot.blobs["hl7-inbound"] for name, snapshot in lives.snapshots.items()}

    assert (found["booked"], len(blobs["booked"])) == ({"large"}, 1)
    assert [blobs[name] for name in ("reminded", "over", *WITHOUT_NUMBERS)] == [()] * (
        2 + len(WITHOUT_NUMBERS)
    )


def test_dead_letters_are_kept_until_the_visit_or_for_a_week(lives: Lives) -> None:
    """
    They are sealed as soon as they are kept; the end of the visit is known only for the poison.
    """
    found = {name: snapshot.phones_at(LETTERS) for name, snapshot in lives.snapshots.items()}

    assert lives.snapshots["poisoned"].phones_at(f"queue {POISON}") == {"poison"}
    assert (found["booked"], found["poisoned"]) == ({"broken"}, {"broken"})
    assert found["dead-lettered"] == DEAD_LETTERED
    assert [found[name] for name in ("over", "day after")] == [DEAD_LETTERED - {"poison"}] * 2
    assert lives.snapshots["a week later"].blobs["deadletters"] == ()


@pytest.mark.parametrize("name", ["a week later", "week", "month", "half a year", "a year"])
def test_nothing_is_left_even_for_whoever_has_the_keys(lives: Lives, name: str) -> None:
    """A week after the last visit no number, name or record is in the account, sealed or not."""
    assert lives.snapshots[name].opened == frozenset()


def test_a_number_that_no_visit_had_is_nowhere(lives: Lives) -> None:
    """
    It came with an office visit, two patients in one message, or a change after the cancellation.
    """
    nobodies = NEVER | {"second", "late-older", "late-newer"}
    seen = {found for snapshot in lives.snapshots.values() for found in snapshot.opened}

    assert {(who, place) for who, place in seen if who in nobodies} == set()


def test_a_number_that_was_replaced_is_nowhere(lives: Lives) -> None:
    """From the change on, only the new number is stored."""
    seen = {name: {who for who, _ in snapshot.opened} for name, snapshot in lives.snapshots.items()}

    assert {name for name, found in seen.items() if "corrected" in found} == {
        "booked",
        "poisoned",
        "dead-lettered",
    }
    assert "right" in seen["changed"]


def test_visits_are_forgotten_in_their_order(lives: Lives) -> None:
    """Links are erased a week after they expired, rows after a month, texts after half a year."""
    left = {
        name: [table for table in ("links", "appointments", "texts") if snapshot.tables[table]]
        for name, snapshot in lives.snapshots.items()
    }

    assert left["a week later"] == ["links", "appointments", "texts"]
    assert left["week"] == ["appointments", "texts"]
    assert left["month"] == ["texts"]
    assert left["half a year"] == []


def test_launches_are_forgotten_in_their_order(lives: Lives) -> None:
    """
    States within half an hour, pages within half a day, who was there after a week, meetings after
    a month, what organizers did after 40 days, and an account that nobody uses after 400.
    """
    tables = ("launches", "sessions", "attendees", "visits", "organizerdays", "ehrusers")
    left = {
        name: {table for table in tables if snapshot.tables.get(table)}
        for name, snapshot in lives.snapshots.items()
    }

    assert left["launched"] == set(tables)
    assert left["over"] == set(tables) - {"launches"}
    assert left["day after"] == left["a week later"] == set(tables[2:])
    assert left["week"] == set(tables[3:])
    assert left["month"] == {"organizerdays", "ehrusers"}
    assert left["half a year"] == {"ehrusers"}
    assert left["a year"] == set()


def test_a_csn_goes_with_its_row(lives: Lives) -> None:
    """It is in the row of its appointment, in no key, and after a month nowhere."""
    places = {place for snapshot in lives.snapshots.values() for _, place in snapshot.visits}
    rows = [
        row
        for snapshot in lives.snapshots.values()
        for table in snapshot.tables.values()
        for row in table
    ]
    written = repr([(row["PartitionKey"], row["RowKey"]) for row in rows]).encode()

    assert places == {APPOINTMENTS}
    assert canaries.find(written, lives.csns()) == []
    assert lives.snapshots["month"].visits == frozenset()


def test_the_agenda_has_nothing_more_to_do(lives: Lives) -> None:
    """In the end the agenda is empty."""
    assert lives.snapshots["booked"].tables["agenda"] != []
    assert lives.snapshots["a year"].tables["agenda"] == []


def test_no_log_says_whose_visit_it_was(lives: Lives) -> None:
    """No log has a number, name, record, birth date or CSN, or anything that opens a page."""
    everybody = {**lives.phones(), **lives.identities(), **lives.launched()}
    logs = {file.name: file.read_bytes() for file in lives.logs()}

    found = {
        name: canaries.find(content, everybody) + canaries.find(content, lives.csns())
        for name, content in logs.items()
    }

    assert {name: hits for name, hits in found.items() if hits} == {}
    assert {"host-hl7.log", "host-web.log", "doors.log"} <= logs.keys()


def _of(who: str) -> set[str]:
    return {who, f"name of {who}", f"record of {who}"}
