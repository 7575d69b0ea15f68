"""The story of `make demo`, and the data it must never leave behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.demo import launch_steps
from local.demo.__main__ import STEPS
from local.simulators.epic import messages
from tests.stories.conftest import PlayedStory
from tests.support import canaries, raw_storage

PATIENT: dict[str, tuple[str, ...]] = {
    "name": ("TESTPATIENT",),
    "MRN": ("203711",),
    "birth date": ("19800214",),
}
WAYS_IN: dict[str, tuple[str, ...]] = {
    "way into a visit": ("meetup-join", "webrtc-svc", "/visit/20", "&state=", "&launch=")
}
ACCOUNTS: dict[str, tuple[str, ...]] = {"account": (launch_steps.DANAS_ACCOUNT,)}
PHONES = canaries.numbers(*(f"+1608555{phone[-4:]}" for phone in messages.PHONES))


@pytest.mark.parametrize("name", [step.__name__ for step in STEPS])
def test_step_holds(story: PlayedStory, name: str) -> None:
    """Each step of the story ends as it should."""
    outcome = story.outcomes[name]

    assert outcome is None


def test_no_personal_data_in_logs(story: PlayedStory) -> None:
    """No host and no door prints a number, name, record number or birth date."""
    directory = story.machine.stack.options.directory
    logs = {file.name: file.read_bytes() for file in directory.glob("*.log")}

    found = {name: canaries.find(content, {**PATIENT, **PHONES}) for name, content in logs.items()}

    assert {name: hits for name, hits in found.items() if hits} == {}
    assert {"host-hl7.log", "host-web.log", "doors.log"} <= logs.keys()


def test_no_way_in_and_no_account_in_logs(story: PlayedStory) -> None:
    """Our hosts print no join link, handle, token or Microsoft account of a launch."""
    directory = story.machine.stack.options.directory
    logs = {name: (directory / f"host-{name}.log").read_bytes() for name in ("hl7", "web")}

    found = {name: canaries.find(content, WAYS_IN | ACCOUNTS) for name, content in logs.items()}

    assert found == {"hl7": [], "web": []}
    assert b"launch.admitted" in logs["web"]


def test_no_join_link_and_no_account_is_readable_in_storage(story: PlayedStory) -> None:
    """Tables, queues and blobs hold links into meetings and account names sealed."""
    known = {**ACCOUNTS, "join link": ("meetup-join", "webrtc-svc")}

    found = {
        place: canaries.find(content, known)
        for place, content in raw_storage.everything(story.machine.stack.storage.connection_string)
    }

    assert {place: hits for place, hits in found.items() if hits} == {}
    assert any("visits" in place for place in found)


def test_no_personal_data_in_keys(story: PlayedStory) -> None:
    """No partition or row key holds a number, name, record or visit number."""
    rows = raw_storage.tables(story.machine.stack.storage.connection_string)
    visits = {str(row["key"]): (str(row["key"]),) for row in rows["appointments"]}
    keys = repr(
        [(row["PartitionKey"], row["RowKey"]) for table in rows.values() for row in table]
    ).encode()

    assert canaries.find(keys, {**PATIENT, **PHONES, **visits}) == []
    assert len(visits) > 10


def test_no_phone_is_readable_in_storage(story: PlayedStory) -> None:
    """Tables, queues and blobs hold phones sealed or not at all."""
    connection_string = story.machine.stack.storage.connection_string

    found = {
        place: canaries.find(content, PHONES)
        for place, content in raw_storage.everything(connection_string)
    }

    assert {place: hits for place, hits in found.items() if hits} == {}


def test_phones_are_erased_after_the_visit(story: PlayedStory) -> None:
    """When start and grace are over, the agenda has erased every phone, sealed ones too."""
    machine = story.machine
    connection_string = machine.stack.storage.connection_string
    before = [r for r in raw_storage.tables(connection_string)["appointments"] if r.get("phone")]
    machine.move_clock(days=timedelta(days=4).days)

    def phones_left() -> list[dict[str, object]]:
        rows = raw_storage.tables(connection_string)["appointments"]
        return [row for row in rows if row.get("phone")]

    machine.wait_for("no phone left", lambda: not phones_left(), 60)

    left = phones_left()

    assert left == []
    assert before != []
