"""The phrases of clinicians' pages, in languages/: one folder for each language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared_code.language.phrases import Language, Languages
from shared_code.web.frame import Call, Hospital
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


def service_desk(hospital: Hospital, language: Language) -> Call:
    """Return *whom to call*: the contact of the connection is for patients."""
    named = language.say("desk", organization=hospital.organization)
    return Call(named or language.say("desk_plain"))


def masked(username: str) -> str:
    """
    Return a sign-in name that its owner recognises and a bystander cannot use.

    `dana@lamna.example` is shown as `d…a@lamna…`: the first and last letter, and the first word of
    the domain.
    """
    local, _, domain = username.partition("@")
    last = local[-1] if len(local) > 1 else ""
    shown = f"{local[:1]}…{last}"
    return f"{shown}@{domain.partition('.')[0]}…" if domain else shown


@cache
def _languages() -> Languages:
    return Languages.alike(Path(__file__).parent / "languages", "clinician.toml")
