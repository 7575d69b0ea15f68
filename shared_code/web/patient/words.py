"""The phrases of patients' pages, in languages/: one folder for each language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared_code.language.phrases import Language, Languages
from shared_code.web.frame import Hospital, number_to_dial

LINK_TROUBLES = (
    "link_unknown",
    "link_expired",
    "link_dead",
    "link_cancelled",
    "link_not_virtual",
    "trouble",
    "unchanged",
)
"""What is said about a link: title, what happened, what to do."""
_PLAIN = (
    "locale direction reason privacy accessibility "
    "visit_title visit_when visit_personal visit_questions visit_call_clinic "
    "moved_title moved_old moved_open "
    "texts_title texts_carrier"
)


def language_for(*wanted: str | None) -> str:
    """Return the first of the languages in which these pages exist, or English."""
    return spoken(*wanted).tag


def spoken(*wanted: str | None) -> Language:
    """Return the phrases of the first of the languages that there is, or English."""
    return _languages().best(*wanted)


def whom_to_call(hospital: Hospital, language: Language) -> dict[str, str]:
    """Return the words of *whom to call*, and the number to dial if there is one."""
    known = bool(hospital.contact.strip())
    call = language.say("visit_call", contact=hospital.contact)
    return {
        "questions": language.say("visit_questions"),
        "call": call if known else language.say("visit_call_clinic"),
        "dial": number_to_dial(hospital.contact),
    }


@cache
def _languages() -> Languages:
    plain = _PLAIN.split()
    parts = ("", "_means", "_button", "_done")
    plain += [f"texts_{now}{part}" for now in ("allowed", "stopped") for part in parts]
    plain += [f"{each}_{part}" for each in LINK_TROUBLES for part in ("title", "what", "do")]
    expected = {name: frozenset[str]() for name in plain}
    expected["visit_what"] = expected["moved_what"] = frozenset({"organization"})
    expected["visit_call"] = frozenset({"contact"})
    return Languages(Path(__file__).parent / "languages", "patient.toml", expected)
