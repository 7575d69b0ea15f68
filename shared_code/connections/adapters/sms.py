"""Read what a connection says of texts: the section `sms`, and in which language they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared_code.connections.adapters.json_reader import Reader
from shared_code.connections.sms_setup import NumberKind, SmsSetup
from shared_code.language.template_names import TemplateName

_LANGUAGE = r"[a-z]{2,3}"
_TAG = _LANGUAGE + r"(-[A-Z][a-z]{3})?(-[A-Z]{2})?"
_NO_SUCH_LANGUAGE = "there are no texts in this language"
_REMINDER_MINUTES = (5, 14 * 24 * 60)
_NUMBERS = {NumberKind.TOLL_FREE: r"\+[1-9][0-9]{6,14}", NumberKind.SHORT_CODE: r"[0-9]{5,6}"}

type LanguageOf = Callable[[str], str | None]
"""Maps a language tag to the language that texts are written in; None if there is none."""
type TemplateCheck = Callable[[TemplateName, str], Sequence[str]]
"""Returns sentences that say what is wrong with a template of that name; empty if valid."""


def read_sms(
    at: Reader | None, language_of: LanguageOf, check_template: TemplateCheck
) -> SmsSetup | None:
    """Return from which number patients are texted, and what."""
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


def read_language(at: Reader, language_of: LanguageOf) -> str:
    """Return the language of texts whose message names none."""
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
