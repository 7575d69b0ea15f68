"""The phrases of patients' pages, in languages/: one folder for each language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared_code.language.phrases import Language, Languages
from shared_code.web.frame import Call, Hospital, number_to_dial
from shared_code.web.languages import LanguageList, language_list


def language_for(*wanted: str | None) -> str:
    """Return the first of the languages in which these pages exist, or English."""
    return spoken(*wanted).tag


def chosen(tag: str) -> str:
    """Return the language that somebody chose on a page of these, or "" if it is none of them."""
    found = _languages().find(tag)
    return found.tag if found else ""


def list_for(here: str, language: Language) -> LanguageList | None:
    """Return the list of the languages for the page at `here`; None for a page without address."""
    return language_list(here, language, _languages())


def spoken(*wanted: str | None) -> Language:
    """Return the phrases of the first of the languages that there is, or English."""
    return _languages().best(*wanted)


def whom_to_call(hospital: Hospital, language: Language) -> Call:
    """Return *whom to call*: the hospital's contact, or else the patient's clinic."""
    questions = language.say("visit_questions")
    return number_to_call(hospital, language, questions) or Call(
        language.say("visit_call_clinic"), questions=questions
    )


def number_to_call(hospital: Hospital, language: Language, questions: str = "") -> Call | None:
    """Return the hospital's contact, for pages whose words name the clinic anyway."""
    if not hospital.contact.strip():
        return None
    words = language.say("visit_call", contact=hospital.contact)
    return Call(words, number_to_dial(hospital.contact), questions)


@cache
def _languages() -> Languages:
    return Languages.alike(Path(__file__).parent / "languages", "patient.toml")
