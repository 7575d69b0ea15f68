"""The phrases of patients' pages, in languages/: one folder for each language."""

from __future__ import annotations

from pathlib import Path

from shared_code.language.phrases import Language
from shared_code.web.frame import Call, Hospital, number_to_dial
from shared_code.web.words import Words

_WORDS = Words(Path(__file__).parent / "languages", "patient.toml")
spoken, language_for = _WORDS.spoken, _WORDS.language_for
chosen, list_for = _WORDS.chosen, _WORDS.list_for


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
