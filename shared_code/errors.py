"""
Every way in which the connector says no, in one place.

    ConnectorError                  carries an ErrorCode, never a word of the input
    ├── Refused                     the caller's message, proof or request is not acceptable
    ├── NotStored                   our own storage or key vault does not answer; try again
    ├── Conflict                    somebody else changed the row first; read and decide again
    └── SettingsInvalid             the app must not start; names every wrong setting at once

`TABLE` maps each code to the HTTP status of a door, to the HL7 acknowledgement (HL7 v2.5.1
§2.9.2, table 0008) with its ERR-3 condition (table 0357), and to the sentence people read.
A code without a status never leaves through a door: it explains a held text, a problem or a
dead letter. docs/error-codes.md is the same table for people; a test keeps them equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable public names: they appear in answers, logs, problems and the documentation."""

    # the HL7 door: who is asking
    CONNECTION_UNKNOWN = "connection_unknown"
    CONNECTION_NOT_APPROVED = "connection_not_approved"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_MALFORMED = "certificate_malformed"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_WEAK = "certificate_weak"
    CERTIFICATE_USAGE = "certificate_usage"
    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_MALFORMED = "signature_malformed"
    SIGNATURE_INVALID = "signature_invalid"
    # the HL7 door: what is asked
    BODY_CHUNKED = "body_chunked"
    BODY_TOO_LARGE = "body_too_large"
    CONTENT_TYPE_UNSUPPORTED = "content_type_unsupported"
    CHARSET_UNSUPPORTED = "charset_unsupported"
    NOT_HL7 = "not_hl7"
    BATCH_TOO_LARGE = "batch_too_large"
    MESSAGE_TYPE_UNSUPPORTED = "message_type_unsupported"
    EVENT_UNSUPPORTED = "event_unsupported"
    TRIGGER_MISSING = "trigger_missing"
    APPOINTMENT_KEY_MISSING = "appointment_key_missing"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    # behind the queue: why a message became a dead letter
    MESSAGE_UNPARSEABLE = "message_unparseable"
    MESSAGE_OVER_LIMITS = "message_over_limits"
    PAYLOAD_UNREADABLE = "payload_unreadable"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    # what is wrong with an appointment, or why it is not texted
    START_MISSING = "start_missing"
    START_UNREADABLE = "start_unreadable"
    START_DISAGREES = "start_disagrees"
    START_IN_GAP = "start_in_gap"
    START_AMBIGUOUS = "start_ambiguous"
    START_OFFSET_DIFFERS = "start_offset_differs"
    VISIT_IN_PAST = "visit_in_past"
    PHONE_MISSING = "phone_missing"
    PHONE_UNUSABLE = "phone_unusable"
    PATIENT_CHANGED = "patient_changed"
    SMS_NOT_ENABLED = "sms_not_enabled"
    BEFORE_SMS_ENABLED = "before_sms_enabled"
    VIRTUAL_RULE_MISSING = "virtual_rule_missing"
    NOT_VIRTUAL = "not_virtual"
    PROCESSING_ID_NOT_ALLOWED = "processing_id_not_allowed"
    CONSENT_MISSING = "consent_missing"
    MINOR_NOT_TEXTED = "minor_not_texted"
    # what became of a text
    SUPERSEDED = "superseded"
    NOT_ON_ALLOW_LIST = "not_on_allow_list"
    OPTED_OUT = "opted_out"
    NEVER_NOTIFIED = "never_notified"
    MISSED = "missed"
    TOO_MANY_TEXTS = "too_many_texts"
    DISCARDED = "discarded"
    STORM_BRAKE = "storm_brake"
    DEADLINE_PASSED = "deadline_passed"
    REFUSED_BY_CARRIER = "refused_by_carrier"
    REFUSED_BY_SERVICE = "refused_by_service"
    TEXT_TOO_LONG = "text_too_long"
    OUTCOME_UNKNOWN = "outcome_unknown"
    # why a report of the SMS service changes nothing
    SMS_EVENT_UNREADABLE = "sms_event_unreadable"
    SMS_EVENT_UNKNOWN = "sms_event_unknown"
    SMS_TEXT_UNKNOWN = "sms_text_unknown"
    SMS_NUMBER_UNKNOWN = "sms_number_unknown"
    SMS_REPLY_MEANINGLESS = "sms_reply_meaningless"
    # the patient's link
    LINK_UNKNOWN = "link_unknown"
    LINK_EXPIRED = "link_expired"
    LINK_DEAD = "link_dead"
    LINK_CANCELLED = "link_cancelled"
    LINK_NOT_VIRTUAL = "link_not_virtual"
    # operators
    ACTION_UNKNOWN = "action_unknown"
    REQUEST_MALFORMED = "request_malformed"
    DEAD_LETTER_UNKNOWN = "dead_letter_unknown"
    APPOINTMENT_UNKNOWN = "appointment_unknown"
    TEXT_UNKNOWN = "text_unknown"
    TEXT_HAS_OUTCOME = "text_has_outcome"
    # the app itself
    SETTINGS_INVALID = "settings_invalid"
    WRITE_CONFLICT = "write_conflict"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means at a door. `status` 0: it never leaves through one."""

    sentence: str
    status: int = 0
    acknowledgement: str = ""
    condition: str = ""


def _table() -> dict[ErrorCode, Meaning]:
    code, rows = ErrorCode, {}
    for status, entries in _BY_STATUS.items():
        for name, sentence in entries.items():
            rows[code(name)] = Meaning(sentence, status)
    for name, (acknowledgement, condition, sentence) in _ACKNOWLEDGED.items():
        rows[code(name)] = Meaning(sentence, 200, acknowledgement, condition)
    return rows


_BY_STATUS: dict[int, dict[str, str]] = {
    400: {
        "not_hl7": "The body is not an HL7 v2 message: it has no usable MSH segment.",
        "request_malformed": "The request is not of the form this action expects.",
    },
    401: {"signature_missing": "The HL7-Signature header is missing."},
    403: {
        "connection_not_approved": "This connection has not been approved yet.",
        "certificate_missing": "No client certificate was presented.",
        "certificate_malformed": "The client certificate cannot be read.",
        "certificate_unknown": "The client certificate is not registered for this connection.",
        "certificate_expired": "The client certificate has expired.",
        "certificate_not_yet_valid": "The client certificate is not valid yet.",
        "certificate_weak": "The client certificate's key is too weak.",
        "certificate_usage": "The client certificate is not meant for client authentication.",
        "signature_malformed": "The HL7-Signature header cannot be read.",
        "signature_invalid": "The signature does not match the body or the registered key.",
    },
    404: {
        "connection_unknown": "There is no such connection.",
        "link_unknown": "There is no such visit link.",
        "action_unknown": "There is no such operation.",
        "dead_letter_unknown": "There is no such dead letter.",
        "appointment_unknown": "There is no such appointment.",
        "text_unknown": "There is no such text.",
    },
    409: {"text_has_outcome": "Only a text whose outcome is unknown can be sent again."},
    410: {
        "link_expired": "This visit link has expired.",
        "link_dead": "This visit link is no longer in use.",
        "link_cancelled": "The visit of this link was cancelled.",
        "link_not_virtual": "The visit of this link is no longer a video visit.",
    },
    411: {"body_chunked": "Send a Content-Length; chunked bodies do not arrive."},
    413: {
        "body_too_large": "The body is larger than 1 MB.",
        "batch_too_large": "The batch holds more than 500 messages.",
    },
    415: {
        "content_type_unsupported": "The content type is not one of HL7 over HTTP.",
        "charset_unsupported": "The character set is not supported.",
    },
    503: {"storage_unavailable": "The message could not be stored; send it again."},
    0: {
        "message_unparseable": "The message cannot be parsed.",
        "message_over_limits": "The message has more segments, fields or repetitions than allowed.",
        "payload_unreadable": "The stored message cannot be decrypted or decoded.",
        "attempts_exhausted": "The message failed five times.",
        "start_missing": "The message carries no start time.",
        "start_unreadable": "The start time cannot be read.",
        "start_disagrees": "Fields of the message disagree on the start time.",
        "start_in_gap": "The start time does not exist on that day (clocks go forward).",
        "start_ambiguous": "The start time exists twice on that day (clocks go back).",
        "start_offset_differs": "The start time's offset is not the one of the configured zone.",
        "visit_in_past": "The visit is over.",
        "phone_missing": "The message carries no phone number.",
        "phone_unusable": "No phone number of the message can be texted.",
        "patient_changed": "Another patient arrived under the same appointment key.",
        "sms_not_enabled": "SMS is not enabled for the connection.",
        "before_sms_enabled": "The message is older than the enabling of SMS.",
        "virtual_rule_missing": "The connection does not say which visits are virtual.",
        "not_virtual": "The visit is not a virtual visit.",
        "processing_id_not_allowed": "MSH-11 is not one that this connection texts for.",
        "consent_missing": "The message does not carry the patient's consent to texts.",
        "minor_not_texted": "The patient is a minor, and the connection texts no minors.",
        "opted_out": "The recipient does not want texts.",
        "never_notified": "The patient was never notified, so there is nothing to take back.",
        "missed": "The reminder was late and would not have made sense any more.",
        "discarded": "An operator discarded what the storm brake had held.",
        "storm_brake": "Far more texts than usual: the connection's texts are held.",
        "too_many_texts": "The appointment had six texts within a day.",
        "superseded": "A newer version of the appointment took its place.",
        "not_on_allow_list": "A test connection texts only its allow-list.",
        "deadline_passed": "The time in which the text made sense is over.",
        "refused_by_carrier": "The recipient was refused.",
        "refused_by_service": "The SMS service refused the request.",
        "text_too_long": "The text is longer than the SMS service accepts.",
        "outcome_unknown": "It cannot be told whether the text was sent.",
        "sms_event_unreadable": "The SMS service's event cannot be read.",
        "sms_event_unknown": "The SMS service's event is of a kind that is not used here.",
        "sms_text_unknown": "The delivery report is about a text that is not kept here.",
        "sms_number_unknown": "The reply came to a number that no connection texts from.",
        "sms_reply_meaningless": "The reply says neither STOP nor START.",
        "settings_invalid": "The settings are not valid.",
        "write_conflict": "Somebody else changed the row first.",
    },
}

_ACKNOWLEDGED: dict[str, tuple[str, str, str]] = {
    "message_type_unsupported": ("AR", "200", "Only SIU messages are accepted."),
    "event_unsupported": ("AR", "201", "This SIU event is not supported."),
    "trigger_missing": ("AE", "101", "MSH-9 names no trigger event."),
    "appointment_key_missing": ("AE", "101", "The appointment key is empty."),
}

TABLE: dict[ErrorCode, Meaning] = _table()


class ConnectorError(Exception):
    """The root. The text of the exception is the code's sentence and nothing else."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(TABLE[code].sentence)
        self.code = code


class Refused(ConnectorError):
    """What was sent is not acceptable; sending the same again will not help."""


class NotStored(ConnectorError):
    """Storage or the key vault did not answer; nothing is lost, the sender tries again."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.STORAGE_UNAVAILABLE)


class Conflict(ConnectorError):
    """The row exists already or its ETag is not the one that was read."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.WRITE_CONFLICT)


class SettingsInvalid(ConnectorError):
    """The app must not start. `problems` name settings, never values."""

    def __init__(self, problems: Iterable[str]) -> None:
        super().__init__(ErrorCode.SETTINGS_INVALID)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([TABLE[self.code].sentence, *self.problems])
