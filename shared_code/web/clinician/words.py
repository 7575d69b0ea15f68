"""The phrases of clinicians' pages, in languages/: one folder for each language."""

from __future__ import annotations

from pathlib import Path

from shared_code.language.phrases import Language
from shared_code.web.frame import Call, Hospital
from shared_code.web.words import Words

_WORDS = Words(Path(__file__).parent / "languages", "clinician.toml")
spoken, language_for = _WORDS.spoken, _WORDS.language_for
chosen, list_for = _WORDS.chosen, _WORDS.list_for


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
