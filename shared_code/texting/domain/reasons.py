"""
Reasons why a text is not sent or its outcome is unknown, and why a report of the SMS service
changes nothing. None is an error: rows keep the code. Reasons that are visible further down are
declared there: START_MISSING in appointments/domain.py, START_UNREADABLE and PHONE_UNUSABLE in
hl7/schedule_event.py.
"""

from __future__ import annotations

from shared_code.errors import Code, Reason

# of an appointment: nobody is texted about it
VISIT_IN_PAST = Reason(Code("visit_in_past"), "The visit is over.")
PHONE_MISSING = Reason(Code("phone_missing"), "The message carries no phone number.")
PATIENT_CHANGED = Reason(
    Code("patient_changed"), "Another patient arrived under the same appointment key."
)
SMS_NOT_ENABLED = Reason(Code("sms_not_enabled"), "SMS is not enabled for the connection.")
BEFORE_SMS_ENABLED = Reason(
    Code("before_sms_enabled"), "The message is older than the enabling of SMS."
)
VIRTUAL_RULE_MISSING = Reason(
    Code("virtual_rule_missing"), "The connection does not say which visits are virtual."
)
NOT_VIRTUAL = Reason(Code("not_virtual"), "The visit is not a virtual visit.")
VISIT_KIND_UNKNOWN = Reason(
    Code("visit_kind_unknown"), "No message says whether the visit is a virtual visit."
)
PROCESSING_ID_NOT_ALLOWED = Reason(
    Code("processing_id_not_allowed"),
    "MSH-11 is not one that the connection allows: the message changed nothing.",
)
OCCURRENCE_UNSAID = Reason(
    Code("occurrence_unsaid"),
    "The message does not say which visit of a series it is about, so none was changed.",
)
CONSENT_MISSING = Reason(
    Code("consent_missing"), "No message carries the patient's consent to texts."
)
PATIENT_DECEASED = Reason(Code("patient_deceased"), "The patient is dead: somebody must call.")
END_NOT_TOLD = Reason(
    Code("end_not_told"),
    "The visit does not take place as told, and the patient is not told: somebody must call.",
)
# of an appointment: its texts are held
STATUS_DISAGREES = Reason(
    Code("status_disagrees"),
    "The message's status says cancelled, its trigger does not: texts are held, and reminders whose"
    " time passes meanwhile are missed.",
)
MINOR_NOT_TEXTED = Reason(
    Code("minor_not_texted"), "The patient is a minor, and the connection texts no minors."
)
# of one text
SUPERSEDED = Reason(Code("superseded"), "A newer version of the appointment took its place.")
NOT_ON_ALLOW_LIST = Reason(
    Code("not_on_allow_list"), "A test connection texts only its allow-list."
)
OPTED_OUT = Reason(Code("opted_out"), "The recipient does not want texts.")
NEVER_NOTIFIED = Reason(
    Code("never_notified"),
    "The patient was never notified of this visit, or already of its cancellation.",
)
MISSED = Reason(Code("missed"), "The reminder was late and would not have made sense any more.")
ALREADY_TOLD = Reason(
    Code("already_told"), "The number was told this very start before, and nothing else since."
)
TOO_MANY_TEXTS = Reason(
    Code("too_many_texts"), "The appointment or the number had too many texts within a day."
)
DISCARDED = Reason(Code("discarded"), "An operator discarded what the storm brake had held.")
STORM_BRAKE = Reason(
    Code("storm_brake"), "Far more texts than usual: the connection's texts are held."
)
SMS_UNAVAILABLE = Reason(
    Code("sms_unavailable"), "The SMS service does not answer: texts wait until it does."
)
DEADLINE_PASSED = Reason(Code("deadline_passed"), "The time in which the text made sense is over.")
REFUSED_BY_CARRIER = Reason(Code("refused_by_carrier"), "The SMS service refused the recipient.")
REFUSED_BY_SERVICE = Reason(Code("refused_by_service"), "The SMS service refused the request.")
SMS_NOT_ADMITTED = Reason(
    Code("sms_not_admitted"), "The SMS service refuses this app: its key, identity or number."
)
SMS_SETUP_MISSING = Reason(
    Code("sms_setup_missing"),
    "The connection, or its `sms` section, is gone: texts that were under way wait for it.",
)
TEXT_TOO_LONG = Reason(Code("text_too_long"), "The text is longer than the SMS service accepts.")
OUTCOME_UNKNOWN = Reason(Code("outcome_unknown"), "It is not known whether the text was sent.")
# of a report of the SMS service
SMS_EVENT_UNREADABLE = Reason(
    Code("sms_event_unreadable"), "The SMS service's event cannot be read."
)
SMS_EVENT_UNKNOWN = Reason(
    Code("sms_event_unknown"), "The SMS service's event is of a kind that is not used here."
)
SMS_TEXT_UNKNOWN = Reason(
    Code("sms_text_unknown"), "The delivery report is about a text that is not kept here."
)
SMS_NUMBER_UNKNOWN = Reason(
    Code("sms_number_unknown"), "The reply came to a number that no connection texts from."
)
SMS_REPLY_MEANINGLESS = Reason(
    Code("sms_reply_meaningless"), "The reply says neither STOP nor START."
)
REPLY_UNCLEAR = Reason(
    Code("reply_unclear"), "A reply may have meant STOP: ask the patient, and note what they want."
)

IGNORED_BECAUSE = frozenset(
    {
        SMS_EVENT_UNREADABLE,
        SMS_EVENT_UNKNOWN,
        SMS_TEXT_UNKNOWN,
        SMS_NUMBER_UNKNOWN,
        SMS_REPLY_MEANINGLESS,
    }
)
"""What the work of an ignored report may name."""
