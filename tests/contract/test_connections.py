"""Connections, in memory and from the file that docs/connections.md describes."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from local.memory.ports import MemoryConnections
from shared_code.connections.domain import (
    GUARDIANS,
    Connection,
    ConnectionStatus,
    ConsentRule,
    Environment,
    FieldPaths,
    MinorsRule,
    Proofs,
    TimesOf,
    VirtualVisitRule,
)
from shared_code.connections.launch_setup import ClinicianOpens, EpicSetup, PatientPages, VisitSetup
from shared_code.connections.ports import Connections
from shared_code.connections.sms_setup import NumberKind, SmsSetup
from shared_code.security.addresses import address_key
from tests.contract import examples
from tests.contract.conftest import Write
from tests.world import certificates

PAGE = Path(__file__).parents[2] / "docs" / "connections.md"


def _expected(der: bytes) -> Connection:
    return Connection(
        id="lamna-test",
        tenant=examples.TENANT,
        organization_name="Lamna Healthcare",
        contact="(608) 555-0100",
        environment=Environment.TEST,
        status=ConnectionStatus.PENDING_APPROVAL,
        epic_zone="America/Chicago",
        proofs=Proofs(client_certificate=False, signature=True, certificates=(der,)),
        approved_before=True,
        display_zones={"10102": "America/Denver"},
        times_of=TimesOf.DEPARTMENT,
        midnight_visits=True,
        language="es",
        region="CA",
        allowed_regions=frozenset({"CA"}),
        fields=FieldPaths(
            key="PV1-19.1",
            starts=("SCH-11.4",),
            phone="PID-14",
            guardian_phone="NK1-6",
            birth_date="ZPT-3.1",
            language="PID-15.1.1",
            patient="PID-2",
            department="AIL-3.1",
            csn="ZCS-1.1",
            occurrence="SCH-3",
        ),
        virtual_visits=VirtualVisitRule(False, "SCH-7.1", frozenset({"2950"})),
        sms=SmsSetup(
            "55501",
            NumberKind.SHORT_CODE,
            datetime(2026, 1, 1, 6, tzinfo=UTC),
            confirmations=False,
            reminders=(1440, 60, 15),
            templates={"en": {"reminder": examples.TEMPLATE}, "zh-Hant": {}},
        ),
        allow_list=frozenset({"1-" + "ab" * 16}),
        processing_ids=frozenset({"P", "T", ""}),
        cancelled_statuses=frozenset({"3", "CX"}),
        ignore_other_messages=True,
        consent=ConsentRule("ZCN-2.1", frozenset({"Y", "YES"})),
        minors=MinorsRule.GUARDIAN,
        age_of_majority=19,
        guardian_relationships=frozenset({"GRP", "Grandparent"}),
        phone_mobile=frozenset({"1", "M2", "Cell 2", "M-1"}),
        phone_home=frozenset({"7"}),
        work_phones=True,
        harmless_remarks=frozenset({"after 5"}),
        first_texts_a_day=12,
        epic=EpicSetup(
            base_url="https://epic.lamna.example/interconnect-tst-oauth/api/FHIR/R4/",
            client_id="5f0b8f3e-0000-4a57-9d1b-2f6b6a3f1c01",
            signing_keys=("epic-signing-lamna-test", "epic-signing-lamna-next"),
            endpoint_hosts=frozenset({"login.lamna.example", "localhost:8443"}),
            patient_without_id_token=False,
        ),
        visits=VisitSetup(
            organizers=("0b000000-0000-4000-8000-000000000001", examples.TENANT),
            opens_before=30,
            closes_after=0,
            frame_hosts=("https://*.lamna.example", "https://epic.lamna.example:444"),
            clinician_opens=ClinicianOpens.DIRECT,
            foreign_clinicians=True,
        ),
        pages=PatientPages(
            emergency="In an emergency, call 911.",
            privacy_url="https://lamna.example/privacy?for=visits",
            accessibility_url="https://lamna.example/accessibility",
            logo=examples.LOGO,
        ),
    )


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_connection_is_found_by_its_id_and_no_other(
    kind: str, write: Write, full: dict[str, Any], der: bytes
) -> None:
    expected = _expected(der)
    found: Connections = (
        MemoryConnections({expected.id: expected}) if kind == "memory" else write([full])
    )

    assert found.find("lamna-test") == expected
    assert found.find("lamna") is None
    assert found.find("") is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "SCH-3.1"),
        ({"occurrence": None}, "SCH-3.1"),
        ({"occurrence": ""}, ""),
        ({"occurrence": "ZOC-1"}, "ZOC-1"),
        ({"key": "SCH-1.1"}, ""),
        ({"key": "SCH-1.1", "occurrence": "SCH-3"}, "SCH-3"),
    ],
)
def test_occurrences_are_told_apart_where_the_key_is_the_usual_one(
    write: Write, least: dict[str, Any], fields: dict[str, Any], expected: str
) -> None:
    """Unless the connection says otherwise; an empty text says nowhere."""
    found = write([least | {"fields": fields}]).find("lamna-test")

    assert found is not None
    assert found.fields.occurrence_path() == expected


def test_what_is_left_out_is_as_usual(write: Write, least: dict[str, Any]) -> None:
    found = write([least]).find("lamna-test")

    assert found is not None
    assert found.fields == FieldPaths()
    assert (found.processing_ids, found.cancelled_statuses) == (None, frozenset())
    assert (found.sms, found.virtual_visits, found.allow_list) == (None, None, frozenset())
    assert (found.consent, found.minors, found.age_of_majority) == (None, MinorsRule.PATIENT, 18)
    assert (found.epic, found.visits, found.pages) == (None, None, PatientPages())
    assert found.guardian_relationships == GUARDIANS
    assert (found.phone_mobile, found.phone_home) == (frozenset(), frozenset())
    assert not found.work_phones
    assert found.harmless_remarks == frozenset()
    assert found.proofs.client_certificate


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_connection_is_found_by_every_spelling_of_its_base_url(
    kind: str, write: Write, full: dict[str, Any], least: dict[str, Any], der: bytes
) -> None:
    expected = _expected(der)
    found: Connections = (
        MemoryConnections({expected.id: expected})
        if kind == "memory"
        else write([least | {"id": "without-epic"}, full])
    )
    sent = "https://EPIC.Lamna.example:443/interconnect-tst-oauth/api/fhir/r4"

    assert list(found.by_base_url(address_key(sent))) == [expected]
    assert not found.by_base_url(address_key(sent + "/x"))
    assert not found.by_base_url("")


def test_launches_are_accepted_with_an_epic_a_pool_and_an_approval(der: bytes) -> None:
    waiting = _expected(der)

    assert waiting.accepts_launches()
    assert not replace(waiting, approved_before=False).accepts_launches()
    assert not replace(waiting, epic=None).accepts_launches()
    assert not replace(waiting, visits=None).accepts_launches()


def test_an_addition_of_pages_needs_no_epic(write: Write, least: dict[str, Any]) -> None:
    found = write([least | {"patient_pages": {"emergency": " Call 911. "}}]).find("lamna-test")

    assert found is not None
    assert found.pages == PatientPages(emergency="Call 911.")


def test_one_machine_may_serve_an_epic(write: Write, full: dict[str, Any]) -> None:
    local = "https://localhost:8443/interconnect-prd-oauth/api/FHIR/R4/"

    found = write([full | {"epic": full["epic"] | {"base_url": local}}]).find("lamna-test")

    assert found is not None
    assert found.epic is not None
    assert found.epic.base_url == local


def test_two_tenants_may_share_an_epic(write: Write, full: dict[str, Any]) -> None:
    """A hosted Epic serves several organizations under one base URL."""
    other = full | {"id": "other", "tenant": "00000000-9f2a-4a57-9d1b-2f6b6a3f1c01"}

    assert len(write([full, other]).all()) == 2


def test_a_tenant_is_the_same_however_it_is_written(write: Write, least: dict[str, Any]) -> None:
    found = write([least | {"tenant": examples.TENANT.upper()}]).find("lamna-test")

    assert found is not None
    assert found.tenant == examples.TENANT


def test_every_form_of_upload_is_the_same_certificate(
    write: Write, least: dict[str, Any], der: bytes
) -> None:
    pem = certificates.certificate("p256").public_bytes(Encoding.PEM)
    uploads = [der, pem, base64.b64encode(der), b"\xff\xfe" + pem.decode().encode("utf-16-le")]
    texts = [pem.decode(), *(base64.b64encode(upload).decode() for upload in uploads)]
    least["proofs"] = {"certificates": texts}

    found = write([least]).find("lamna-test")

    assert found is not None
    assert found.proofs.certificates == (der,) * len(texts)


def test_a_changed_file_is_read_again(write: Write, least: dict[str, Any]) -> None:
    connections = write([least])
    assert connections.find("lamna-test") is not None

    write([least | {"id": "other"}])

    assert connections.find("lamna-test") is None
    assert connections.find("other") is not None


def test_a_file_that_becomes_wrong_changes_nothing_until_it_is_right(
    write: Write, least: dict[str, Any]
) -> None:
    connections = write([least])
    assert connections.find("lamna-test") is not None

    write("half a fi")
    assert connections.find("lamna-test") is not None
    write([least | {"language": "tlh"}])
    assert connections.find("lamna-test") is not None
    write([least | {"id": "other"}])
    assert connections.find("lamna-test") is None


def test_the_mistakes_of_a_file_are_known_until_it_is_right(
    write: Write, least: dict[str, Any]
) -> None:
    """By place and never by value; those of the newest file, whoever asks first."""
    connections = write([least])
    assert connections.mistakes() == ()

    write([least | {"language": "tlh", "region": "us"}])
    mistakes = connections.mistakes()
    assert ["lamna-test" in each or "[0]" in each for each in mistakes] == [True, True], mistakes
    assert "tlh" not in " ".join(mistakes)
    assert connections.find("lamna-test") is not None
    assert mistakes == connections.mistakes()
    write([least | {"id": "other"}])
    assert connections.mistakes() == ()


def test_the_page_names_every_name_and_its_example_is_accepted(
    write: Write, full: dict[str, Any], least: dict[str, Any]
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    sections = [full, *(value for value in full.values() if isinstance(value, dict))]
    names = {name for section in sections for name in section} - set(full["display_zones"])
    (example,) = re.findall(r"```json\n(.+?)```", page, flags=re.DOTALL)
    (upload,) = least["proofs"]["certificates"]

    assert {name for name in names if f"`{name}`" not in page} == set()
    written = write(example.replace("<base64 of the uploaded file>", upload))
    assert written.find("lamna-production") is not None
