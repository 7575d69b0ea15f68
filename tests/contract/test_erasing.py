"""Of an erased patient nothing is left but what docs/data-map.md says; of others nothing goes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from local.azurite.emulator import Emulator
from local.memory.world import SETTINGS, Installation
from shared_code.wiring.ports import Ports
from tests.contract.patients import Hospital, Patient
from tests.contract.ports import in_memory, in_storage
from tests.contract.test_data_map import PAGE
from tests.support import raw_storage

type Lines = dict[str, list[str]]
"""What is stored, one text for each row, blob or message, by table, container or queue."""


def _in_memory(world: Installation) -> Lines:
    appointments = world.appointments
    return {
        "appointments": [
            *map(repr, appointments.rows.values()),
            *map(repr, appointments.names.all_keys()),
            *map(repr, appointments.series.values()),
        ],
        "agenda": [repr(row) for row in world.agenda.rows.values()],
        "texts": [repr(row) for row in world.texts.rows.values()],
        "links": [repr(row) for row in world.links.rows.values()],
        "optouts": [repr(row) for row in world.opt_outs.senders],
        "problems": [repr(row) for row in world.problem_store.rows.values()],
        "deadletters": [repr(row) for row in world.dead_letter_store.rows.values()],
        "numberdays": [repr(row) for row in world.number_days.rows.all_keys()],
        "visits": [repr(row) for row in world.visits.rows.values()],
        "attendees": [repr(row) for row in world.attendees.rows.values()],
        "sessions": [repr(row) for row in world.sessions.rows.values()],
        "audit": [repr(row) for row in world.audit.entries],
    }


def _in_account(connection_string: str) -> Lines:
    tables = raw_storage.tables(connection_string)
    lines = {name: [repr(row) for row in rows] for name, rows in tables.items()}
    for name, blobs in raw_storage.blobs(connection_string).items():
        lines[f"blobs {name}"] = [f"{blob} {content!r}" for blob, content in blobs.items()]
    for name, texts in raw_storage.queues(connection_string).items():
        lines[f"queue {name}"] = texts
    return lines


@pytest.fixture(params=["memory", "azurite"])
def place(request: pytest.FixtureRequest, mine: str) -> tuple[Hospital, Callable[[], Lines]]:
    """Return a hospital, and what reads all that is stored."""
    if request.param == "memory":
        world = in_memory()
        assert isinstance(world, Installation)
        return Hospital(world, SETTINGS, mine), lambda: _in_memory(world)
    emulator: Emulator = request.getfixturevalue("azurite")
    account = emulator.connection_string
    stored = in_storage(account)
    return Hospital(stored, stored.settings, mine), lambda: _in_account(account)


def _about(patient: Patient, stored: Lines) -> dict[str, set[str]]:
    """The lines in which the patient can be found, by place."""
    traces = tuple(patient.traces())
    found = {
        name: {line for line in lines if any(trace in line for trace in traces)}
        for name, lines in stored.items()
    }
    return {name: lines for name, lines in found.items() if lines}


def _documented() -> set[str]:
    """The tables that docs/data-map.md says keep something of an erased patient."""
    section = PAGE.read_text(encoding="utf-8").partition("## What stays of an erased patient")[2]
    return set(re.findall(r"^\| `([a-z]+)` \|", section, flags=re.MULTILINE))


@pytest.mark.parametrize("by", ["appointment", "csn", "number"])
def test_nothing_is_left_of_an_erased_patient(
    place: tuple[Hospital, Callable[[], Lines]], by: str
) -> None:
    """In any table, container or queue; everything of another patient is as it was."""
    hospital, stored = place
    first, second = Patient(hospital, 1), Patient(hospital, 2)
    event, another = first.live(), second.live()
    before, letters = stored(), hospital.letters()
    named = {
        "appointment": {"appointment": first.key()},
        "csn": {"appointment": first.csn()},
        "number": {"number": first.phone},
    }
    status, answer = hospital.ask(**named[by])
    after = stored()

    found = 3 if by == "number" else 2
    assert (status, answer) == (200, {"erased": found, "continue": False})
    assert {"appointments", "texts", "links", "attendees"} <= _about(first, before).keys()
    assert (len(letters), len(hospital.letters())) == (8, 4)
    assert (hospital.ports.dead_letter_store.find(event) is None) == (by == "number")
    assert hospital.ports.dead_letter_store.find(another) is not None
    left = _about(first, after)
    if by != "number":  # nothing else leads from these to anybody; in storage letters are sealed
        assert [len(left.pop(name)) for name in ("texts", "problems")] == [1, 1]
        assert len(left.pop("deadletters", ())) <= 1
    assert sorted(left) == sorted(_documented())
    kept, keeps = _about(second, before), _about(second, after)
    shared = kept.pop("problems"), keeps.pop("problems")
    assert kept == keeps
    assert len(shared[0]) == len(shared[1])


def test_another_tenant_is_not_touched(ports: Ports, mine: str) -> None:
    """Also where its patient has the same number and identifiers."""
    hospital = Hospital(ports, SETTINGS, mine)
    other = Hospital(ports, SETTINGS, f"{mine}-c")
    first, theirs = Patient(hospital, 1), Patient(other, 1)
    first.live()
    theirs.live()
    assert hospital.ask(number=first.phone)[1]["erased"] == 3
    assert hospital.ask(appointment=first.key())[0] == 404

    for which in (0, 1):
        assert ports.appointments.load(first.ref(which)) is None
        assert ports.appointments.load(theirs.ref(which)) is not None
        assert ports.visits.load(theirs.visit(which)) is not None
    assert all(ports.links.find(link) for link in list(theirs.links())[:2])
    tenants = {letter.tenant for letter in ports.dead_letter_store.list()}
    assert other.connections[0].tenant in tenants
    assert hospital.connections[0].tenant not in tenants
