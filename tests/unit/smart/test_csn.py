"""The CSN of an Appointment or Encounter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared_code.smart.csn import read_csn, resource_path

SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.3.698084.8"
CSN = {"system": SYSTEM, "value": "27717"}


def _read(identifiers: object, kind: str = "Appointment") -> str | None:
    return read_csn(json.dumps({"resourceType": kind, "identifier": identifiers}).encode(), kind)


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ([CSN], "27717"),
        ([{"system": SYSTEM, "value": " 27717 "}], "27717"),
        ([{**CSN, "system": SYSTEM.replace(".13.0.1.", ".13.862.2.")}], "27717"),
        ([{"system": "urn:oid:1.2.3", "value": "1"}, CSN, None, 5], "27717"),
        ([CSN, CSN], "27717"),
        ([CSN, {**CSN, "value": "27718"}], None),
        ([{**CSN, "system": f"{SYSTEM}1"}], None),
        ([{**CSN, "system": SYSTEM.replace(".13.0.1.", ".13.0.4.")}], None),
        ([{**CSN, "system": SYSTEM.replace(".", "x")}], None),
        ([{**CSN, "value": 27717}], None),
        ([{**CSN, "value": ""}], None),
        ([{**CSN, "value": "277 17"}], None),
        ([{**CSN, "system": [SYSTEM]}], None),
        ([], None),
        (CSN, None),
        (None, None),
    ],
)
def test_the_one_csn_counts(identifiers: Any, expected: str | None) -> None:
    """By its system, in any of Epic's environments; two that differ are none."""
    assert _read(identifiers) == expected
    assert _read(identifiers, "Encounter") == expected


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<Appointment/>", b"[]", b"[" * 99_999, b"\xff"),
        json.dumps({"resourceType": "OperationOutcome", "identifier": [CSN]}).encode(),
        json.dumps({"resourceType": "Encounter", "identifier": [CSN]}).encode(),
    ],
)
def test_nonsense_is_silence(body: bytes) -> None:
    """Also another resource than the one that was asked for."""
    assert read_csn(body, "Appointment") is None


@pytest.mark.parametrize(
    "resource_id", [None, "", ".", "..", "-", "a/b", "a?b", "%2e", "e" * 129, "\u00e4"]
)
def test_only_an_id_of_fhir_is_asked_for(resource_id: str | None) -> None:
    """A context value cannot lead elsewhere."""
    assert resource_path("Appointment", resource_id) is None
    assert (
        resource_path("Appointment", "f1OEwaU.E66RGJ3CLbejHKg4")
        == "Appointment/f1OEwaU.E66RGJ3CLbejHKg4"
    )
