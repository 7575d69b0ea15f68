"""A connections file with mistakes: all are reported at once, by place and never by value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from shared_code.connections.adapters.file import ConnectionsFile
from shared_code.errors import SettingsInvalid
from shared_code.security.certificates import CERTIFICATE_MALFORMED, CERTIFICATE_WEAK
from shared_code.texting.adapters.wording import language_of
from shared_code.texting.domain.template import check_template
from tests.contract.conftest import Write
from tests.world.certificates import DAY, SERVER_AUTH, der, presented

_PIN = presented(der("p256"))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": "Lamna/#1"}, "id"),
        ({"id": None}, "id"),
        ({"tenant": "canary"}, "tenant"),
        ({"organization_name": "  "}, "organization_name"),
        ({"environment": "canary"}, "environment"),
        ({"status": 5}, "status"),
        ({"epic_zone": "Canary/Nowhere"}, "epic_zone"),
        *(
            ({"epic_zone": name}, "epic_zone")
            for name in ("localtime", "Factory", "posixrules", "right/America/Chicago", "EST")
        ),
        ({"display_zones": {"10102": "canary"}}, "display_zones.10102"),
        ({"display_zones": {"10102": "localtime"}}, "display_zones.10102"),
        *(
            ({"display_zones": {name: "America/Denver"}}, "display_zones, a name")
            for name in (" 10102", "10102 ", "", " ", "10102^CANARY", "10102~10103", '""')
        ),
        ({"display_zones": ["canary"]}, "display_zones"),
        ({"times_of": "canary"}, "times_of"),
        ({"times_of": "department"}, "times_of"),
        ({"times_of": "department", "display_zones": {}}, "times_of"),
        ({"fields": {"starts": []}}, "fields.starts"),
        ({"midnight_visits": "canary"}, "midnight_visits"),
        ({"proofs": None}, "proofs"),
        ({"proofs": {"certificates": ["canary"]}}, "proofs.certificates[0]"),
        ({"proofs": {"certificates": [_PIN, "canary"]}}, "proofs.certificates[1]"),
        *(
            ({"proofs": {"certificates": [_PIN, presented(der(key))]}}, "proofs.certificates[1]")
            for key in ("rsa1024", "p521", "ed25519")
        ),
        ({"proofs": {"certificates": []}}, "proofs.certificates"),
        ({"fields": {"key": "canary"}}, "fields.key"),
        ({"fields": {"starts": ["TQ1-7", "canary"]}}, "fields.starts"),
        ({"virtual_visits": {"codes": []}}, "virtual_visits.codes"),
        ({"virtual_visits": {"codes": "canary"}}, "virtual_visits.codes"),
        ({"virtual_visits": {"codes": ["2950", "2951^CANARY"]}}, "virtual_visits.codes"),
        ({"virtual_visits": {"codes": ["2950 "]}}, "virtual_visits.codes"),
        ({"virtual_visits": {"codes": ["2950~2951"]}}, "virtual_visits.codes"),
        ({"virtual_visits": {"codes": ["2950"], "every_visit": True}}, "virtual_visits.codes"),
        ({"sms": "canary"}, "sms"),
        ({"allow_list": {"canary": 1}}, "allow_list"),
        ({"allow_list": [{"hash": "+16085550142"}]}, "allow_list[0].hash"),
        ({"processing_ids": ["canary"]}, "processing_ids"),
        ({"processing_ids": [" "]}, "processing_ids"),
        ({"processing_ids": []}, "processing_ids"),
        ({"processing_ids": "P"}, "processing_ids"),
        ({"cancelled_statuses": [""]}, "cancelled_statuses"),
        ({"cancelled_statuses": [3]}, "cancelled_statuses"),
        *(
            ({"cancelled_statuses": ["CX", listed]}, "cancelled_statuses")
            for listed in ("3^CX", "3~CX", "3&CX", "3|CX", " 3", "3 ", "3\n", "\u00a03", '""')
        ),
        ({"cancelled_statuses": "canary"}, "cancelled_statuses"),
        ({"ignore_other_messages": "canary"}, "ignore_other_messages"),
        ({"allow_lists": ["canary"]}, "allow_lists"),
        ({"consent": "canary"}, "consent"),
        ({"consent": {"allowed": ["canary"]}}, "consent.path"),
        ({"consent": {"path": "canary", "allowed": ["Y"]}}, "consent.path"),
        ({"consent": {"path": "ZCN-2"}}, "consent.allowed"),
        ({"consent": {"path": "ZCN-2", "allowed": []}}, "consent.allowed"),
        ({"consent": {"path": "ZCN-2", "allowed": ["Y", "Y^CANARY"]}}, "consent.allowed"),
        ({"consent": {"path": "ZCN-2", "allowed": [" Y"]}}, "consent.allowed"),
        ({"consent": {"path": "ZCN-2", "allowed": ['""']}}, "consent.allowed"),
        ({"consent": {"path": "ZCN-2", "allowed": ["Y"], "canaries": 1}}, "consent.canaries"),
        ({"minors": "canary"}, "minors"),
        ({"language": "tlh"}, "language"),
        ({"language": "canary"}, "language"),
        ({"age_of_majority": 0}, "age_of_majority"),
        ({"age_of_majority": 31}, "age_of_majority"),
        ({"age_of_majority": "18"}, "age_of_majority"),
        ({"age_of_majority": 18.0}, "age_of_majority"),
        ({"age_of_majority": True}, "age_of_majority"),
        ({"first_texts_a_day": 0}, "first_texts_a_day"),
        ({"first_texts_a_day": 51}, "first_texts_a_day"),
        ({"first_texts_a_day": "6"}, "first_texts_a_day"),
        ({"guardian_relationships": "canary"}, "guardian_relationships"),
        ({"guardian_relationships": []}, "guardian_relationships"),
        *(
            ({"guardian_relationships": ["GRP", each]}, "guardian_relationships")
            for each in ("MTH^canary", " MTH", "MTH ", "MTH~canary", "MTH&canary", " ")
        ),
        *(({"region": each}, "region") for each in ("UK", "ZZ", "GB")),
        *(({"allowed_regions": each}, "allowed_regions") for each in ([], ["UK"], ["US", "EU"])),
        *(
            ({name: ["canary", code]}, name)
            for name in ("phone_mobile", "phone_home")
            for code in ("WPN", "w", "Work Cell", "FX", "Fax", "PGR", "EMR", "Mother", "x")
            + ("TTY", "P^canary", "1 ", "...")
        ),
        ({"phone_mobile": [1]}, "phone_mobile"),
        ({"work_phones": "canary"}, "work_phones"),
        *(
            ({"harmless_remarks": ["canary", remark]}, "harmless_remarks")
            for remark in (
                "WPN",
                "work",
                "W",
                "fax",
                "wrong number",
                "after^5",
                " after 5",
                "FX",
                "not",
            )
        ),
        ({"harmless_remarks": ["Ext. 12"]}, "harmless_remarks"),
        ({"fields": {"guardian_phone": "canary"}}, "fields.guardian_phone"),
        ({"fields": {"birth_date": "canary"}}, "fields.birth_date"),
        ({"fields": {"csn": "canary"}}, "fields.csn"),
        ({"fields": {"occurrence": "canary"}}, "fields.occurrence"),
        ({"fields": {"occurrence": " "}}, "fields.occurrence"),
        ({"fields": {"occurrence": False}}, "fields.occurrence"),
    ],
)
def test_a_mistake_is_named_by_its_place_and_never_by_its_value(
    write: Write, least: dict[str, Any], change: dict[str, Any], place: str
) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        write([least | change]).find("lamna-test")

    problems = raised.value.problems
    assert any(each.startswith(f"connections file.connections[0].{place}:") for each in problems)
    assert not re.search("canary|55501", str(raised.value), re.IGNORECASE)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"from_number": "+18005550100"}, "from_number"),
        ({"number_kind": "toll_free"}, "from_number"),
        ({"enabled_since": "2026-01-01T00:00:00"}, "enabled_since"),
        ({"enabled_since": "soon"}, "enabled_since"),
        ({"reminders": 60}, "reminders"),
        ({"reminders": ["60"]}, "reminders"),
        ({"reminders": [60, True]}, "reminders"),
        ({"reminders": [60, 60]}, "reminders"),
        ({"reminders": [60, 4]}, "reminders"),
        ({"reminders": [20_161]}, "reminders"),
        ({"templates": "canary"}, "templates"),
        ({"templates": {"English": {}}}, "templates"),
        ({"templates": {"en": "canary"}}, "en"),
        ({"templates": {"tlh": {}}}, "tlh"),
        ({"templates": {"en": {"confirmation": "canary"}}}, "confirmation"),
        ({"templates": {"en": {"reminder": " "}}}, "reminder"),
        ({"templates": {"en": {"reminder": 5}}}, "reminder"),
    ],
)
def test_the_sending_number_is_looked_at_closely(
    write: Write, full: dict[str, Any], change: dict[str, Any], place: str
) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        write([full | {"sms": full["sms"] | change}]).find("lamna-test")

    assert [each.partition(":")[0].rpartition(".")[2] for each in raised.value.problems] == [place]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("", "must be a text"),
        ("a canary at {when}\n{link}", "{organization} is missing"),
        ("{organization} {when}\n{link} {canary}", "only {organization}, {when}"),
        ("{organization} {when}\n{link} {canary", "a brace is not closed"),
        ("{organization} {when} {link}canary", "{link} must stand apart"),
        ("{organization} {when}\n{link}\t", "it has control characters"),
        ("{organization} {when}\n{link}\n" + "a" * 1000, "it has more than 1,000"),
    ],
)
def test_an_unfit_template_is_named_by_connection_language_and_saying(
    write: Write, full: dict[str, Any], change: str, sentence: str
) -> None:
    """The sentence says what is wrong and repeats no word of the template."""
    sms = full["sms"] | {"templates": {"zh-Hant": {"reminder": change}}}
    with pytest.raises(SettingsInvalid) as raised:
        write([full, full | {"id": "lamna-two", "epic": None, "sms": sms}]).find("lamna-test")

    (problem,) = raised.value.problems
    assert problem.startswith(
        f"connections file.connections[1].sms.templates.zh-Hant.reminder: {sentence}"
    )
    assert "canary" not in problem


@pytest.mark.parametrize("name", ["cancelled", "no_longer_virtual"])
def test_a_template_links_to_nothing_that_is_gone(
    write: Write, full: dict[str, Any], name: str
) -> None:
    """A template without a visit must not have a link."""
    templates = {"en": {name: "{organization} {when}\n{link}"}}
    with pytest.raises(SettingsInvalid) as raised:
        write([full | {"sms": full["sms"] | {"templates": templates}}]).find("lamna-test")

    (problem,) = raised.value.problems
    assert problem.partition(": ")[2] == "{link} must not be used: there is nothing to join"


@pytest.mark.parametrize("tags", [("zh", "zh-Hans"), ("es", "es-MX"), ("tl", "fil")])
def test_a_language_has_one_set_of_templates(
    write: Write, full: dict[str, Any], tags: tuple[str, str]
) -> None:
    """One of two tags for a language would never be used, so both are reported."""
    sms = full["sms"] | {"templates": {tag: {} for tag in tags}}
    with pytest.raises(SettingsInvalid) as raised:
        write([full | {"sms": sms}]).find("lamna-test")

    sentence = "another tag here leads to the same language"
    at = "connections file.connections[0].sms.templates"
    assert raised.value.problems == tuple(f"{at}.{tag}: {sentence}" for tag in tags)


def test_all_mistakes_are_named_at_once(write: Write, least: dict[str, Any]) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        write([least | {"status": "x"}, least | {"epic_zone": "x"}]).find("lamna-test")

    assert len(raised.value.problems) == 3  # the third one: two connections have the same id


@pytest.mark.parametrize("text", ["", "[]", "{", '{"connections": 5}', "[" * 100_000])
def test_what_is_no_connections_file_is_refused(write: Write, text: str) -> None:
    with pytest.raises(SettingsInvalid):
        write(text).find("lamna-test")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    missing = ConnectionsFile(tmp_path / "connections.json", language_of, check_template)
    with pytest.raises(SettingsInvalid):
        missing.find("lamna-test")


@pytest.mark.parametrize(
    "changes",
    [{"begins": -9 * DAY, "ends": -DAY}, {"begins": DAY}, {"usages": (SERVER_AUTH,)}],
)
def test_dates_and_purpose_of_a_certificate_are_no_mistake(
    write: Write, least: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Otherwise a certificate that ends would take the app with it at its next start."""
    pinned = der(**{"ends": 3 * DAY} | changes)

    found = write([least | {"proofs": {"certificates": [presented(pinned)]}}]).find("lamna-test")

    assert found is not None
    assert (pinned,) == found.proofs.certificates


@pytest.mark.parametrize("key", ["rsa1024", "p521", "ed25519"])
def test_a_certificate_is_refused_with_the_reason(
    write: Write, least: dict[str, Any], key: str
) -> None:
    """An administrator can tell a wrong key from a file that is no certificate."""
    with pytest.raises(SettingsInvalid) as raised:
        write([least | {"proofs": {"certificates": [presented(der(key)), "AAAA"]}}]).all()

    place = "connections file.connections[0].proofs.certificates"
    weak, malformed = raised.value.problems
    assert f"{place}[0]: {CERTIFICATE_WEAK.sentence}" == weak
    assert f"{place}[1]: {CERTIFICATE_MALFORMED.sentence}" == malformed
