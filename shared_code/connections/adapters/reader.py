"""
Read connections from the JSON of docs/connections.md and report every mistake at once.

Invalid values are never repeated in a message.
"""

from __future__ import annotations

import json

from shared_code import wall_clock
from shared_code.connections.adapters.json_reader import Reader
from shared_code.connections.adapters.launches import (
    GUID,
    ReadLogo,
    check_base_urls,
    read_epic,
    read_patient_pages,
    read_visits,
)
from shared_code.connections.adapters.messages import (
    check_times,
    read_cancelled_statuses,
    read_consent,
    read_fields,
    read_processing_ids,
    read_virtual_visits,
)
from shared_code.connections.adapters.phone_settings import (
    read_allowed_regions,
    read_harmless_remarks,
    read_phone_kinds,
    read_region,
    read_relationships,
)
from shared_code.connections.adapters.proofs import read_proofs
from shared_code.connections.adapters.sms import (
    LanguageOf,
    TemplateCheck,
    read_language,
    read_sms,
)
from shared_code.connections.adapters.values import check_part
from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    Environment,
    MinorsRule,
    TimesOf,
)
from shared_code.errors import SettingsInvalid

_ID = r"[a-z0-9][a-z0-9-]{0,47}"
_KEYED_HASH = r"[0-9A-Za-z]+-[0-9a-f]{32}"
_MAJORITY_RANGE = (1, 30)
_FIRST_TEXTS_RANGE = (1, 50)


def read_connections(
    text: str, language_of: LanguageOf, check_template: TemplateCheck, read_logo: ReadLogo
) -> dict[str, Connection]:
    """Return the connections by id. Raises SettingsInvalid."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingsInvalid(["connections file: must be JSON"]) from None
    problems: list[str] = []
    root = Reader(document, "connections file", problems)
    sections = root.sections("connections")
    found = [_connection(each, language_of, check_template, read_logo) for each in sections]
    check_base_urls(sections, found)
    check_times(sections, found)
    for each in (*sections, root):
        each.end()
    by_id = {connection.id: connection for connection in found}
    if len(by_id) != len(found):
        root.wrong("connections", "every id must be another one")
    if problems:
        raise SettingsInvalid(problems)
    return by_id


def _connection(
    at: Reader, language_of: LanguageOf, check_template: TemplateCheck, read_logo: ReadLogo
) -> Connection:
    allowed_regions = read_allowed_regions(at)
    return Connection(
        id=at.text("id", _ID),
        tenant=at.text("tenant", GUID).lower(),  # the same tenant in any spelling
        organization_name=at.text("organization_name"),
        contact=at.text("contact"),
        environment=at.choice("environment", Environment),
        status=at.choice("status", ConnectionStatus),
        epic_zone=at.checked("epic_zone", wall_clock.zone),
        proofs=read_proofs(at),
        approved_before=at.flag("approved_before", False),
        display_zones=at.words("display_zones", wall_clock.zone, check_part),
        times_of=at.choice("times_of", TimesOf, TimesOf.EPIC),
        midnight_visits=at.flag("midnight_visits", False),
        language=read_language(at, language_of),
        region=read_region(at, allowed_regions),
        allowed_regions=allowed_regions,
        fields=read_fields(at.section("fields")),
        virtual_visits=read_virtual_visits(at.section("virtual_visits")),
        sms=read_sms(at.section("sms"), language_of, check_template),
        allow_list=frozenset(_allowed(each) for each in at.sections("allow_list")),
        processing_ids=read_processing_ids(at),
        ignore_other_messages=at.flag("ignore_other_messages", False),
        consent=read_consent(at.section("consent")),
        minors=at.choice("minors", MinorsRule, MinorsRule.PATIENT),
        age_of_majority=at.number("age_of_majority", *_MAJORITY_RANGE, default=18),
        first_texts_a_day=at.number("first_texts_a_day", *_FIRST_TEXTS_RANGE, default=6),
        guardian_relationships=read_relationships(at),
        phone_mobile=read_phone_kinds(at, "phone_mobile"),
        phone_home=read_phone_kinds(at, "phone_home"),
        work_phones=at.flag("work_phones", False),
        harmless_remarks=read_harmless_remarks(at),
        epic=read_epic(at.section("epic")),
        visits=read_visits(at.section("visits")),
        pages=read_patient_pages(at.section("patient_pages"), read_logo),
        cancelled_statuses=read_cancelled_statuses(at),
    )


def _allowed(at: Reader) -> str:
    at.text("label", default="")
    hashed = at.text("hash", _KEYED_HASH)
    at.end()
    return hashed
