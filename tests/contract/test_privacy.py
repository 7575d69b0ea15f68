"""
The account, read without the adapters, holds no phone in any format and no key with personal data.
"""

from __future__ import annotations

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.errors import Refused
from shared_code.launching.domain.launch import Door
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import fill, in_storage
from tests.support import raw_storage
from tests.support.canaries import encodings, find, numbers
from tests.world.launches import CSN, Browser
from tests.world.talkative import PERSONAL, TalkativeWorld

_OF_LAUNCHES = (
    *("launches", "sessions", "linked_users", "attendees", "visits", "organizer_days"),
    *("agenda", "problem_store", "audit", "switches", "queues"),
)


def test_the_phone_is_nowhere_in_the_account(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    fill(stored_ports, mine)

    places = dict(raw_storage.everything(azurite.connection_string))

    assert mine.encode() in places["table appointments"]
    assert {place: hits for place, raw in places.items() if (hits := _hits(raw))} == {}


def test_the_probe_sees_every_encoding() -> None:
    for spelling in numbers(examples.PHONE)[examples.PHONE]:
        for encoded in encodings(spelling):
            assert _hits(b"before" + encoded + b"after") == [examples.PHONE]


def test_a_phone_sealed_for_one_row_opens_in_no_other(
    stored_ports: Ports, raw_tables: TableServiceClient, mine: str
) -> None:
    stored_ports.appointments.insert(examples.appointment(mine))
    table = raw_tables.get_table_client("appointments")
    (row,) = table.query_entities("PartitionKey eq @at", parameters={"at": f"{mine}-00"})
    other = examples.ref(mine, 1)
    table.create_entity({**row, "RowKey": other.row})

    with pytest.raises(Refused):
        stored_ports.appointments.load(other)


def test_a_phone_whose_key_is_gone_is_not_guessed(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    stored_ports.appointments.insert(examples.appointment(mine))

    with pytest.raises(Refused):
        in_storage(azurite.connection_string).appointments.load(examples.ref(mine))


def test_keys_hold_no_forbidden_character_and_no_appointment_key(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    fill(stored_ports, mine)

    keys = [
        str(row[part])
        for rows in raw_storage.tables(azurite.connection_string).values()
        for row in rows
        for part in ("PartitionKey", "RowKey")
    ]

    assert keys
    assert [key for key in keys if set(key) & set("/\\#?") or not key.isprintable()] == []
    csn = examples.appointment(mine).key
    assert [key for key in keys if csn in key or examples.PHONE in key] == []


def test_one_prefix_finds_all_texts_of_an_appointment(
    stored_ports: Ports, raw_tables: TableServiceClient, mine: str
) -> None:
    record = examples.text(mine)
    stored_ports.texts.insert(record)

    (row,) = raw_tables.get_table_client("texts").query_entities(
        "PartitionKey eq @day and RowKey ge @first and RowKey lt @last",
        parameters={
            "day": f"{mine}-20260311",
            "first": f"{record.ref.subject.row}~",
            "last": f"{record.ref.subject.row}\x7f",
        },
    )
    assert record.state.value == row["state"]


def test_nothing_in_the_account_lets_anybody_into_a_visit_or_names_a_clinician(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    """No state, handle, cookie, PKCE verifier, nonce, flow, join link or sign-in name in clear."""
    fill(stored_ports, mine)
    secrets = {
        "state of a launch": examples.token(f"launch {mine}"),
        "state of a sign-in": examples.token(f"sign-in {mine}"),
        "handle": examples.token(f"page {mine}"),
        "handle of a result": examples.HANDLE,
        "cookie": examples.COOKIE,
        "verifier": examples.VERIFIER,
        "nonce": examples.NONCE,
        "flow": examples.FLOW,
        "meeting": examples.MEETING,
        "join link": examples.visit(mine).join_url,
        "guest link": examples.visit(mine).guest_url,
        "sign-in name": examples.SIGN_IN_NAME,
        "host of a meeting": "teams.microsoft.com",
    }
    canaries = {name: (text,) for name, text in secrets.items()}

    places = dict(raw_storage.everything(azurite.connection_string))

    assert {place for place in places if find(places[place], {"user": ("user~1-0000",)})}
    found = {place: hits for place, raw in places.items() if (hits := find(raw, canaries))}
    assert found == {}


def test_of_what_epic_and_microsoft_say_nothing_is_readable_in_the_account(
    azurite: Emulator,
) -> None:
    """Launches, a sign-in and a patient, with protocols that say too much."""
    world = TalkativeWorld()
    stored = in_storage(azurite.connection_string, rings=world.rings, clock=world.clock)
    vars(world).update({name: getattr(stored, name) for name in _OF_LAUNCHES})
    clinician, patient = Browser(world), Browser(world)
    world.press(clinician, Door.PROVIDER)
    clinician.follow()
    world.sign_in(clinician)
    world.confirm(clinician)
    assert world.press(clinician, Door.PROVIDER).status == 303
    world.fhir_user = "Patient/eCanaryPatient3"
    assert world.press(patient, Door.PATIENT).status in (302, 303)

    assert stored.linked_users.others_of(world.connection.id, PERSONAL["oid"], "1-other")
    told = {name: texts for name, texts in world.told().items() if name not in ("oid", "CSN")}
    places = dict(raw_storage.everything(azurite.connection_string))
    found = {place: hits for place, raw in places.items() if (hits := find(raw, told))}
    assert found == {}
    csn = {"CSN": (CSN,)}
    assert [value for value in _clear_values(azurite) if find(value.encode(), csn)] == []


def _clear_values(azurite: Emulator) -> list[str]:
    """Return everything in rows of launches that is not sealed: a seal may hold any digits."""
    return [
        str(value)
        for name, rows in raw_storage.tables(azurite.connection_string).items()
        for row in rows
        for property_, value in row.items()
        if name in ("launches", "sessions", "ehrusers", "attendees", "visits", "organizerdays")
        and property_ not in ("secrets", "name", "join_url", "guest_url")
    ]


def test_the_object_id_of_an_account_is_where_the_data_map_says(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    """It tells clinicians apart in three tables, and is in no key."""
    fill(stored_ports, mine)

    found = {
        (name, property_)
        for name, rows in raw_storage.tables(azurite.connection_string).items()
        for row in rows
        for property_, value in row.items()
        if find(str(value).encode(), {"oid": (examples.OID,)})
    }

    assert found == {("attendees", "account"), ("ehrusers", "account")}


def _hits(raw: bytes) -> list[str]:
    return find(raw, numbers(examples.PHONE))
