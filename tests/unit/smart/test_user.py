"""Who a validated id_token names (cases/launch, row 15)."""

from __future__ import annotations

from typing import Any

import pytest

from shared_code.smart.user import EhrUser, Side, read_user

R4 = "https://epic.lamna.example/interconnect-prd-oauth/api/FHIR/R4"


@pytest.mark.parametrize(
    ("reference", "side", "named_as"),
    [
        (f"{R4}/Practitioner/eDana9", Side.STAFF, "Practitioner/eDana9"),
        ("Practitioner/eDana9", Side.STAFF, "Practitioner/eDana9"),
        ("Practitioner/eDana9/_history/2", Side.STAFF, "Practitioner/eDana9"),
        (f"{R4}/Practitioner/eDana9/_history/2", Side.STAFF, "Practitioner/eDana9"),
        ("http://other.example/x/Practitioner/e.Dana-9_", Side.STAFF, "Practitioner/e.Dana-9_"),
        ("/Practitioner/eDana9", Side.STAFF, "Practitioner/eDana9"),
        ("PractitionerRole/eR1", Side.STAFF, "PractitionerRole/eR1"),
        ("Patient/eAlexQ1", Side.PATIENT, "Patient/eAlexQ1"),
        ("RelatedPerson/eP7", Side.PATIENT, "RelatedPerson/eP7"),
        ("Person/e5", Side.PATIENT, "Person/e5"),
        (f"{R4}/Practitioner/Patient/e1", Side.PATIENT, "Patient/e1"),
    ],
)
def test_the_last_two_parts_decide(reference: str, side: Side, named_as: str) -> None:
    """Whatever the base or the version of the resource."""
    assert read_user({"sub": "s1", "fhirUser": reference}) == EhrUser(side, named_as, named=True)


@pytest.mark.parametrize(
    "reference",
    [
        *("Patient/", "Device/e1", "Practitioner", "eDana9", "/", "practitioner/eDana9"),
        *("Practitioner/eDana9/", "Practitioner/eDana9?x=1", "Practitioner/e Dana", " "),
        *(
            "Practitioner/_history/2",
            "_history/2",
            "Practitioner/eDana9#x",
            "Practitioner/eDan\u00e4",
        ),
        *(f"Practitioner/{'e' * 129}", ["Practitioner/eDana9"], {"reference": "x"}, 5, True),
    ],
)
def test_what_says_neither_side_names_nobody(reference: Any) -> None:
    """The doors decide what that means; the person is then only the token's subject."""
    assert read_user({"sub": "s1", "fhirUser": reference}) == EhrUser(None, "s1", named=True)


@pytest.mark.parametrize("claims", [{}, {"fhirUser": None}, {"fhirUser": ""}])
def test_a_token_without_fhir_user_is_only_its_subject(claims: dict[str, Any]) -> None:
    """Not every analyst has one."""
    assert read_user({"sub": "eDana9", **claims}) == EhrUser(None, "eDana9", named=False)


@pytest.mark.parametrize("sub", [None, "", 5, ["s1"], "a\nb", "x" * 256])
def test_a_token_without_a_subject_names_nobody(sub: Any) -> None:
    """Even where it has a fhirUser."""
    assert read_user({"sub": sub, "fhirUser": "Practitioner/eDana9"}) is None
