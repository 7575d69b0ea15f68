"""
Read connections from the JSON of docs/connections.md and report every mistake at once.

Invalid values are never repeated in a message. Certificates are accepted in any of the forms in
which administrators upload them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence

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
from shared_code.connections.adapters.phone_settings import (
    read_allowed_regions,
    read_harmless_remarks,
    read_phone_kinds,
    read_region,
    read_relationships,
)
from shared_code.connections.adapters.values import check_part, check_smallest_part, read_parts
from shared_code.connections.domain import (
    Connection,
    ConnectionStatus,
    ConsentRule,
    Environment,
    FieldPaths,
    MinorsRule,
    NumberKind,
    Proofs,
    SmsSetup,
    TimesOf,
    VirtualVisitRule,
)
from shared_code.errors import Refused, SettingsInvalid
from shared_code.hl7.message import Path
from shared_code.language.template_names import TemplateName
from shared_code.security.certificates import load_pinned

_ID = r"[a-z0-9][a-z0-9-]{0,47}"
_KEYED_HASH = r"[0-9A-Za-z]+-[0-9a-f]{32}"
_LANGUAGE = r"[a-z]{2,3}"
_TAG = _LANGUAGE + r"(-[A-Z][a-z]{3})?(-[A-Z]{2})?"
_NO_SUCH_LANGUAGE = "there are no texts in this language"
_REMINDER_MINUTES = (5, 14 * 24 * 60)
_MAJORITY_RANGE = (1, 30)
_FIRST_TEXTS_RANGE = (1, 50)
_NUMBERS = {NumberKind.TOLL_FREE: r"\+[1-9][0-9]{6,14}", NumberKind.SHORT_CODE: r"[0-9]{5,6}"}

type LanguageOf = Callable[[str], str | None]
"""Maps a language tag to the language that texts are written in; None if there is none."""
type TemplateCheck = Callable[[TemplateName, str], Sequence[str]]
"""Returns sentences that say what is wrong with a template of that name; empty if valid."""


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
    root.end()
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
    zones = at.words("display_zones", wall_clock.zone, check_part)
    connection = Connection(
        id=at.text("id", _ID),
        tenant=at.text("tenant", GUID).lower(),  # the same tenant in any spelling
        organization_name=at.text("organization_name"),
        contact=at.text("contact"),
        environment=at.choice("environment", Environment),
        status=at.choice("status", ConnectionStatus),
        epic_zone=at.checked("epic_zone", wall_clock.zone),
        proofs=_proofs(at),
        approved_before=at.flag("approved_before", False),
        display_zones=zones,
        times_of=_times_of(at, zones),
        midnight_visits=at.flag("midnight_visits", False),
        language=_language(at, language_of),
        region=read_region(at, allowed_regions),
        allowed_regions=allowed_regions,
        fields=_fields(at.section("fields")),
        virtual_visits=_virtual_visits(at.section("virtual_visits")),
        sms=_sms(at.section("sms"), language_of, check_template),
        allow_list=frozenset(_allowed(each) for each in at.sections("allow_list")),
        processing_ids=_processing_ids(at),
        ignore_other_messages=at.flag("ignore_other_messages", False),
        consent=_consent(at.section("consent")),
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
        cancelled_statuses=_cancelled_statuses(at),
    )
    at.end()
    return connection


def _processing_ids(at: Reader) -> frozenset[str] | None:
    if not at.has("processing_ids"):
        return None
    found = at.texts("processing_ids", r"[A-Za-z]?")
    if not found:
        at.wrong("processing_ids", "must hold a value")
    return frozenset(map(str.upper, found))


def _cancelled_statuses(at: Reader) -> frozenset[str]:
    found = at.all_checked("cancelled_statuses", check_smallest_part, ())
    return frozenset(map(str.upper, found))


def _times_of(at: Reader, zones: Mapping[str, str]) -> TimesOf:
    times_of = at.choice("times_of", TimesOf, TimesOf.EPIC)
    if times_of is TimesOf.DEPARTMENT and not zones:
        at.wrong("times_of", "must be epic as long as no department has a zone in display_zones")
    return times_of


def _proofs(connection: Reader) -> Proofs:
    at = connection.section("proofs")
    if at is None:
        connection.wrong("proofs", "must be set")
        return Proofs()
    proofs = Proofs(
        client_certificate=at.flag("client_certificate", True),
        signature=at.flag("signature", False),
        certificates=_certificates(at),
    )
    if not proofs.client_certificate and not proofs.signature:
        connection.wrong("proofs", "must demand client_certificate, signature or both")
    at.end()
    return proofs


def _certificates(at: Reader) -> tuple[bytes, ...]:
    uploads = at.texts("certificates", r"(?s).+")
    if not uploads:
        at.wrong("certificates", "must hold at least one certificate")
    certificates = []
    for number, text in enumerate(uploads):
        try:
            certificates.append(load_pinned(_upload(text)))
        except Refused as refused:
            at.wrong(f"certificates[{number}]", str(refused))
    return tuple(certificates)


def _upload(text: str) -> bytes:
    """Return the uploaded bytes: decoded from base64, or a PEM text unchanged."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode("utf-8")


def _fields(at: Reader | None) -> FieldPaths:
    usual = FieldPaths()
    if at is None:
        return usual
    paths = FieldPaths(
        key=at.checked("key", Path.parse, usual.key),
        starts=_starts(at, usual.starts),
        phone=at.checked("phone", Path.parse, usual.phone),
        guardian_phone=at.checked("guardian_phone", Path.parse, usual.guardian_phone),
        birth_date=at.checked("birth_date", Path.parse, usual.birth_date),
        language=at.checked("language", Path.parse, usual.language),
        patient=at.checked("patient", Path.parse, usual.patient),
        department=at.checked("department", Path.parse, usual.department),
        csn=at.checked("csn", Path.parse, usual.csn),
        occurrence=_occurrence(at),
    )
    at.end()
    return paths


def _starts(at: Reader, usual: tuple[str, ...]) -> tuple[str, ...]:
    starts = at.all_checked("starts", Path.parse, usual)
    if not starts:
        at.wrong("starts", "must hold a path")
    return starts


def _occurrence(at: Reader) -> str | None:
    """None where it is left out; "" says that the feed knows no occurrences."""
    if not at.has("occurrence"):
        return None
    said = at.text("occurrence", r"(?s).*")
    return at.checked("occurrence", Path.parse) if said else ""


def _virtual_visits(at: Reader | None) -> VirtualVisitRule | None:
    if at is None:
        return None
    rule = VirtualVisitRule(
        every_visit=at.flag("every_visit", False),
        path=at.checked("path", Path.parse, VirtualVisitRule().path),
        codes=read_parts(at, "codes"),
    )
    if not rule.every_visit and not rule.codes:
        at.wrong("codes", "must hold a code, or every_visit must be true")
    if rule.every_visit and rule.codes:
        at.wrong("codes", "must be left out where every_visit is true")
    at.end()
    return rule


def _sms(
    at: Reader | None, language_of: LanguageOf, check_template: TemplateCheck
) -> SmsSetup | None:
    if at is None:
        return None
    kind = at.choice("number_kind", NumberKind)
    sms = SmsSetup(
        from_number=at.text("from_number", _NUMBERS[kind]),
        number_kind=kind,
        enabled_since=at.time("enabled_since"),
        confirmations=at.flag("confirmations", True),
        reminders=at.numbers("reminders", *_REMINDER_MINUTES),
        templates=_templates(at.section("templates"), language_of, check_template),
    )
    at.end()
    return sms


def _language(at: Reader, language_of: LanguageOf) -> str:
    tag = at.text("language", _TAG, "en")
    if tag and language_of(tag) is None:
        at.wrong("language", _NO_SUCH_LANGUAGE)
    return tag


def _templates(
    at: Reader | None, language_of: LanguageOf, check_template: TemplateCheck
) -> dict[str, dict[str, str]]:
    """Return templates by language and template name. Two tags of one language are a mistake."""
    if at is None:
        return {}
    tags = at.names(_TAG)
    languages = [language_of(tag) for tag in tags]
    for tag, language in zip(tags, languages, strict=True):
        if language is None:
            at.wrong(tag, _NO_SUCH_LANGUAGE)
        elif languages.count(language) > 1:
            at.wrong(tag, "another tag here leads to the same language")
    found = {tag: at.section(tag) for tag in tags}
    return {tag: _templates_of(each, check_template) for tag, each in found.items() if each}


def _templates_of(at: Reader, check_template: TemplateCheck) -> dict[str, str]:
    templates = {name: at.text(name) for name in TemplateName if at.has(name)}
    for name, template in templates.items():
        for problem in check_template(name, template) if template else ():
            at.wrong(name, problem)
    at.end()
    return {str(name): template for name, template in templates.items()}


def _consent(at: Reader | None) -> ConsentRule | None:
    if at is None:
        return None
    rule = ConsentRule(at.checked("path", Path.parse), read_parts(at, "allowed"))
    if not rule.allowed:
        at.wrong("allowed", "must hold a value")
    at.end()
    return rule


def _allowed(at: Reader) -> str:
    at.text("label", default="")
    hashed = at.text("hash", _KEYED_HASH)
    at.end()
    return hashed
