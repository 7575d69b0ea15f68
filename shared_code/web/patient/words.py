"""The phrases of patients' pages, in languages/: one folder for each language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared_code.language.phrases import Language, Languages
from shared_code.web.frame import Call, Hospital, number_to_dial

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
    "texts_title texts_carrier "
    "join_open join_button join_means join_early "
    "early_title early_opens early_on preparing_title preparing_what "
    "not_ready_title not_ready_what again_button "
    "go_title go_what go_button go_lobby go_copy "
    "do_again start_again_title start_again_what "
    "unknown_sender_title unknown_sender_what connection_needed_what "
    "mixed_up_title mixed_up_what from_test_what from_production_what "
    "launch_refused_title launch_refused_what epic_unavailable_title epic_unavailable_what "
    "visit_unknown_title visit_unknown_what visit_disagrees_title visit_disagrees_what over_title"
)


def language_for(*wanted: str | None) -> str:
    """Return the first of the languages in which these pages exist, or English."""
    return spoken(*wanted).tag


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
    plain = _PLAIN.split()
    parts = ("", "_means", "_button", "_done")
    plain += [f"texts_{now}{part}" for now in ("allowed", "stopped") for part in parts]
    plain += [f"{each}_{part}" for each in LINK_TROUBLES for part in ("title", "what", "do")]
    expected = {name: frozenset[str]() for name in plain}
    expected["visit_what"] = expected["moved_what"] = frozenset({"organization"})
    expected["join_opens"] = frozenset({"time"})
    expected["visit_call"] = frozenset({"contact"})
    return Languages(Path(__file__).parent / "languages", "patient.toml", expected)
