"""Mistakes of a connections file about launches: named by place and never by value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from shared_code.errors import SettingsInvalid
from tests.contract import examples
from tests.contract.conftest import Write

_ORGANIZER = "0b000000-0000-4000-8000-000000000001"
_BASE = "https://epic.lamna.example/api/FHIR/R4/"


@pytest.mark.parametrize(
    ("section", "change", "place"),
    [
        ("epic", {"base_url": None}, "base_url"),
        ("epic", {"base_url": "http://epic.lamna.example/api/FHIR/R4/"}, "base_url"),
        ("epic", {"base_url": "https://canary@epic.lamna.example/api/FHIR/R4/"}, "base_url"),
        ("epic", {"base_url": "https://epic.lamna.example@evil.example/"}, "base_url"),
        ("epic", {"base_url": f"{_BASE}?x=1"}, "base_url"),
        ("epic", {"base_url": f"{_BASE}#canary"}, "base_url"),
        ("epic", {"base_url": f"{_BASE} "}, "base_url"),
        ("epic", {"base_url": "https://epic.lamna.example\\canary"}, "base_url"),
        ("epic", {"base_url": "https://e\u212aic.lamna.example/api/FHIR/R4/"}, "base_url"),
        ("epic", {"base_url": _BASE + "a" * 500}, "base_url"),
        ("epic", {"client_id": None}, "client_id"),
        ("epic", {"client_id": "canary canary"}, "client_id"),
        ("epic", {"client_id": "a" * 65}, "client_id"),
        ("epic", {"signing_keys": None}, "signing_keys"),
        ("epic", {"signing_keys": []}, "signing_keys"),
        ("epic", {"signing_keys": ["a", "a"]}, "signing_keys"),
        ("epic", {"signing_keys": ["a", "b", "c"]}, "signing_keys"),
        ("epic", {"endpoint_hosts": ["https://canary.example"]}, "endpoint_hosts"),
        ("epic", {"endpoint_hosts": ["a.example", "A.example"]}, "endpoint_hosts"),
        ("epic", {"patient_without_id_token": "canary"}, "patient_without_id_token"),
        ("epic", {"canary_url": _BASE}, "canary_url"),
        ("visits", {"organizers": None}, "organizers"),
        ("visits", {"organizers": []}, "organizers"),
        ("visits", {"organizers": [_ORGANIZER, _ORGANIZER.upper()]}, "organizers"),
        (
            "visits",
            {"organizers": [f"0b000000-0000-4000-8000-{n:012x}" for n in range(51)]},
            "organizers",
        ),
        ("visits", {"opens_before": 241}, "opens_before"),
        ("visits", {"opens_before": -1}, "opens_before"),
        ("visits", {"closes_after": 1441}, "closes_after"),
        ("visits", {"closes_after": "60"}, "closes_after"),
        ("visits", {"frame_hosts": ["http://canary.example"]}, "frame_hosts"),
        ("visits", {"frame_hosts": ["https://canary.example/"]}, "frame_hosts"),
        ("visits", {"frame_hosts": ["https://*"]}, "frame_hosts"),
        ("visits", {"frame_hosts": ["https://*.example"]}, "frame_hosts"),
        ("visits", {"frame_hosts": ["https://a.*.example"]}, "frame_hosts"),
        ("visits", {"frame_hosts": ["https://canary.example; script-src *"]}, "frame_hosts"),
        ("visits", {"clinician_opens": "canary"}, "clinician_opens"),
        ("visits", {"foreign_clinicians": 1}, "foreign_clinicians"),
        ("visits", {"canary": 1}, "canary"),
        ("patient_pages", {"emergency": "a" * 301}, "emergency"),
        ("patient_pages", {"emergency": "canary\ncanary"}, "emergency"),
        ("patient_pages", {"privacy_url": "http://canary.example/"}, "privacy_url"),
        ("patient_pages", {"privacy_url": "javascript:canary"}, "privacy_url"),
        ("patient_pages", {"accessibility_url": "https://a@b.example/"}, "accessibility_url"),
        ("patient_pages", {"logo": "../canary.png"}, "logo"),
        ("patient_pages", {"logo": "/canary.png"}, "logo"),
        ("patient_pages", {"logo": "."}, "logo"),
        ("patient_pages", {"logo": "missing.png"}, "logo"),
        ("patient_pages", {"logo": "folder"}, "logo"),
        ("patient_pages", {"logo": "large.png"}, "logo"),
        ("patient_pages", {"logo": "wide.png"}, "logo"),
        ("patient_pages", {"logo": "high.png"}, "logo"),
        ("patient_pages", {"logo": "short.png"}, "logo"),
        ("patient_pages", {"logo": "picture.svg"}, "logo"),
    ],
)
def test_a_mistake_about_launches_is_named_by_its_place_alone(
    write: Write,
    full: dict[str, Any],
    tmp_path: Path,
    section: str,
    change: dict[str, Any],
    place: str,
) -> None:
    (tmp_path / "folder").mkdir()
    for name, content in _unfit_pictures().items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsInvalid) as raised:
        write([full | {section: full[section] | change}]).find("lamna-test")

    places = {each.partition(": ")[0] for each in raised.value.problems}
    assert places == {f"connections file.connections[0].{section}.{place}"}
    assert not re.search("canary", str(raised.value).replace(place, ""), re.IGNORECASE)


def _unfit_pictures() -> dict[str, bytes]:
    head, rest = examples.LOGO[:16], examples.LOGO[24:]
    return {
        "large.png": examples.LOGO + bytes(32 * 1024),
        "wide.png": head + (601).to_bytes(4) + (1).to_bytes(4) + rest,
        "high.png": head + (1).to_bytes(4) + (201).to_bytes(4) + rest,
        "short.png": head,
        "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }


@pytest.mark.parametrize("section", ["epic", "visits", "patient_pages"])
def test_a_section_about_launches_is_an_object(
    write: Write, full: dict[str, Any], section: str
) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        write([full | {section: "canary"}]).find("lamna-test")

    assert f"connections file.connections[0].{section}: must be an object" in raised.value.problems


def test_a_base_url_belongs_to_one_connection_of_a_tenant(
    write: Write, full: dict[str, Any]
) -> None:
    """Otherwise a launch could be either's; another environment is no excuse."""
    spelt = {"base_url": full["epic"]["base_url"].upper().replace("HTTPS", "https").rstrip("/")}
    other = full | {"id": "b", "environment": "production", "epic": full["epic"] | spelt}
    with pytest.raises(SettingsInvalid) as raised:
        write([full, other]).find("lamna-test")

    at = "connections file.connections[1].epic.base_url"
    assert raised.value.problems == (f"{at}: another connection of this tenant has the same",)
