"""Errors of operators' commands."""

from __future__ import annotations

from shared_code.errors import Code, ErrorInfo
from shared_code.texting.domain import reasons

ACTION_UNKNOWN = ErrorInfo(Code("action_unknown"), "There is no such operation.", 404)
APPOINTMENT_UNKNOWN = ErrorInfo(Code("appointment_unknown"), "There is no such appointment.", 404)
NUMBER_NOT_KEPT = ErrorInfo(
    Code("number_not_kept"), "No number is kept of this appointment: there is none to text.", 409
)
PROBLEM_UNKNOWN = ErrorInfo(Code("problem_unknown"), "There is no such problem.", 404)
BRAKE_NOT_SET = ErrorInfo(
    Code("brake_not_set"), "The storm brake of this connection holds nothing.", 409
)
NUMBER_UNREADABLE = ErrorInfo(
    Code("number_unreadable"), "Write the number with + and its country code.", 400
)
OCCURRENCE_NEEDED = ErrorInfo(
    Code("occurrence_needed"),
    "Several visits have this key: name one of them, KEY/OCCURRENCE.",
    409,
)
PATIENT_IN_DOUBT = ErrorInfo(
    Code("patient_in_doubt"),
    "The appointment names two patients: accept one of them first, or name another appointment.",
    409,
)
PATIENT_NOT_CHANGED = ErrorInfo(
    Code("patient_not_changed"), "The newest message names the patient whose visit it is.", 409
)
OTHER_PATIENT_UNKNOWN = ErrorInfo(
    Code("other_patient_unknown"),
    "Who the other patient is was not kept: have Epic send the appointment again.",
    409,
)
TEXT_UNKNOWN = ErrorInfo(Code("text_unknown"), "There is no such text.", 404)
TEXT_HAS_OUTCOME = ErrorInfo(
    Code("text_has_outcome"), "Only a text whose outcome is unknown can be sent again.", 409
)
NOTHING_HELD = ErrorInfo(
    Code("nothing_held"), "The appointment's texts are not held by its status.", 409
)
SUPERSEDED = reasons.SUPERSEDED.as_error(409)
"""The reason of a text, answered when somebody wants to send it again."""
