"""
Who learns that a text does not go, and how soon: one line for each reason and each hold.

Whoever is not texted is somebody's business. This is the only place that decides it: intake and
the sending of texts look here, and docs/operations.md shows this table (`python -m
tools.documents`). Every dead letter is a problem as well (oversight/flows/dead_letters.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared_code.appointments.domain import START_MISSING
from shared_code.connections.errors import CONNECTION_NOT_APPROVED
from shared_code.errors import Code
from shared_code.hl7.errors import (
    APPOINTMENT_KEY_MISSING,
    EVENT_UNSUPPORTED,
    MESSAGE_TYPE_UNSUPPORTED,
    TRIGGER_MISSING,
)
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    MESSAGE_TIME_UNREADABLE,
    PHONE_UNUSABLE,
    SEVERAL_PATIENTS,
    START_DISAGREES,
    START_UNREADABLE,
)
from shared_code.texting.domain import delivery, reasons
from shared_code.texting.domain.holds import BRAKE, CLAIMED, OUTAGE, PAUSE, QUIET_HOURS
from shared_code.texting.domain.text import SLOT
from shared_code.wall_clock import START_OFFSET_DIFFERS


class Learns(StrEnum):
    """
    How somebody learns of it. `problem`: at once, in the list of problems and as a WARNING in the
    log. `warning`: at once, in the log alone. `number`: among the numbers of the day. `nobody`:
    there is a reason why nobody has to.
    """

    PROBLEM = "problem"
    WARNING = "warning"
    NUMBER = "number"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Attention:
    """
    `what` says who does what about it, or why nobody has to. `each`: every subject is a problem of
    its own, because somebody must act for each.
    """

    learns: Learns
    what: str
    each: bool = False

    @property
    def is_loud(self) -> bool:
        """Whether the log says it at WARNING."""
        return self.learns in (Learns.PROBLEM, Learns.WARNING)


def _problem(what: str, *, each: bool = False) -> Attention:
    return Attention(Learns.PROBLEM, what, each)


def _warning(what: str) -> Attention:
    return Attention(Learns.WARNING, what)


def _number(what: str) -> Attention:
    return Attention(Learns.NUMBER, what)


def _nobody(what: str) -> Attention:
    return Attention(Learns.NOBODY, what)


AT_DOOR: Mapping[Code, Attention] = {
    APPOINTMENT_KEY_MISSING.code: _warning(
        "Epic analyst: check the path `key`, and send the message again"
    ),
    TRIGGER_MISSING.code: _warning("Epic analyst: send the message again with its MSH-9"),
    MESSAGE_TYPE_UNSUPPORTED.code: _warning(
        "Epic analyst: send only SIU, or set `ignore_other_messages`; a booking is sent again"
    ),
    EVENT_UNSUPPORTED.code: _warning("as `message_type_unsupported`, of an event of SIU"),
}
"""Why the door refuses a message, with AE or AR: it is not stored, and its sender knows it."""

OF_APPOINTMENT: Mapping[Code, Attention] = {
    START_MISSING.code: _problem("Epic analyst: check the paths `starts`; staff tell the patient"),
    START_UNREADABLE.code: _problem("as `start_missing`"),
    reasons.PHONE_MISSING.code: _problem("registration: ask the patient for a mobile number"),
    PHONE_UNUSABLE.code: _problem("registration: correct the number; staff tell the patient"),
    BIRTH_DATE_UNREADABLE.code: _problem(
        "registration: correct the birth date; nobody knows whether the patient is a minor"
    ),
    reasons.PATIENT_CHANGED.code: _problem(
        "staff: find out who comes; if it is the newer patient, `accept-patient`", each=True
    ),
    SEVERAL_PATIENTS.code: _problem(
        "Epic analyst: book each patient under a key of their own; staff tell the patients"
    ),
    reasons.OCCURRENCE_UNSAID.code: _problem(
        "Epic analyst: give the path `occurrence`; staff: which visit was meant?"
    ),
    reasons.VIRTUAL_RULE_MISSING.code: _problem("administrator: say which visits are virtual"),
    reasons.PROCESSING_ID_NOT_ALLOWED.code: _problem(
        "administrator: is a test system connected, or must `processing_ids` allow it?"
    ),
    reasons.PATIENT_DECEASED.code: _problem(
        "staff: call the family; once an appointment, whatever comes later", each=True
    ),
    reasons.END_NOT_TOLD.code: _problem(
        "staff: tell the patient that the video visit does not take place", each=True
    ),
    reasons.SMS_NOT_ENABLED.code: _number("the connection has no `sms` section"),
    reasons.BEFORE_SMS_ENABLED.code: _number("the message is older than `enabled_since`"),
    reasons.CONSENT_MISSING.code: _number("the patient has not agreed to texts"),
    reasons.MINOR_NOT_TEXTED.code: _number("the connection texts no minors"),
    reasons.VISIT_KIND_UNKNOWN.code: _problem(
        "Epic analyst: send the visit type, or check the path of `virtual_visits`; staff tell the"
        " patient"
    ),
    reasons.NOT_VIRTUAL.code: _nobody("visits in person are not this program's business"),
    reasons.VISIT_IN_PAST.code: _nobody("the message came after the visit had begun"),
}
"""Why nobody is texted about an appointment."""

OF_TEXT: Mapping[Code, Attention] = {
    reasons.OUTCOME_UNKNOWN.code: _problem("staff: look it up, then call or `send-again`"),
    reasons.TOO_MANY_TEXTS.code: _problem("staff: call; Epic analyst: why so many messages?"),
    reasons.DEADLINE_PASSED.code: _problem("staff: who was not told? Then look for an outage"),
    reasons.REFUSED_BY_CARRIER.code: _problem("registration: correct the number; staff call"),
    reasons.REFUSED_BY_SERVICE.code: _problem("administrator: check the sending number"),
    reasons.TEXT_TOO_LONG.code: _problem("administrator: shorten the template or the contact"),
    reasons.MISSED.code: _warning("the next reminder goes; many are an outage or a long pause"),
    reasons.NOT_ON_ALLOW_LIST.code: _number("a test connection texts only its allow-list"),
    reasons.OPTED_OUT.code: _number("the patient does not want texts"),
    reasons.DISCARDED.code: _nobody("a person decided it, and the audit log has it"),
    reasons.SUPERSEDED.code: _nobody("the newer version of the visit has its own text"),
    reasons.ALREADY_TOLD.code: _nobody("the number knows this start, and its link works"),
    reasons.NEVER_NOTIFIED.code: _nobody("there is nothing that the patient must unlearn"),
}
"""Why one text is not sent, or its outcome is unknown, besides the reasons of its appointment."""

OF_HOLD: Mapping[str, Attention] = {
    BRAKE: _problem("as `storm_brake`: administrator: `release` or `discard`"),
    OUTAGE: _problem("as `sms_unavailable`: administrator: is it an outage or our network?"),
    reasons.SMS_NOT_ADMITTED.code: _problem(
        "administrator: the SMS service answers 401 or 403; check key, identity and number"
    ),
    reasons.SMS_SETUP_MISSING.code: _problem(
        "administrator: restore the connection or its `sms` section; the texts go then"
    ),
    reasons.STATUS_DISAGREES.code: _problem(
        "`status_disagrees`; staff: does it take place? Then `release-appointment`; reminders whose"
        " time passes meanwhile are `missed`"
    ),
    PAUSE: _number("a person set it: `status` shows since when and by whom"),
    CONNECTION_NOT_APPROVED.code: _number("`status` shows it; approve the connection"),
    QUIET_HOURS: _nobody("it goes in the morning, or before the visit"),
    SLOT: _nobody("it goes with the next free place of the sending number"),
    CLAIMED: _nobody("another worker is sending it"),
}
"""Why a text waits."""

OF_DELIVERY: Mapping[Code, Attention] = {
    delivery.DELIVERY_NUMBER_INVALID.code: _problem("registration: correct the number; staff call"),
    delivery.DELIVERY_NOT_MOBILE.code: _problem("as `delivery_number_invalid`"),
    delivery.DELIVERY_OPTED_OUT.code: _number("the patient does not want texts"),
    delivery.DELIVERY_UNREACHABLE.code: _number("the phone was off; many are `deliveries_fail`"),
    delivery.DELIVERY_BLOCKED.code: _number("many are `deliveries_fail`"),
    delivery.DELIVERY_FILTERED.code: _number("many are `deliveries_fail`"),
    delivery.DELIVERY_NUMBER_UNVERIFIED.code: _number("it fails for all: `deliveries_fail`"),
    delivery.DELIVERY_SENDER_INVALID.code: _number("it fails for all: `deliveries_fail`"),
    delivery.DELIVERY_TIMEOUT.code: _number("many are `deliveries_fail`"),
    delivery.DELIVERY_SERVICE_FAULT.code: _number("many are `deliveries_fail`"),
    delivery.DELIVERY_OTHER.code: _number("many are `deliveries_fail`"),
}
"""Why a text that was accepted did not arrive."""

OF_FEED = frozenset({MESSAGE_TIME_UNREADABLE.code, START_DISAGREES.code, START_OFFSET_DIFFERS.code})
"""Remarks about a feed: the visits that they name are examples."""

_OF_ANOTHER_RELEASE = Attention(Learns.PROBLEM, "a reason that this release does not know")


def of(code: Code) -> Attention:
    """Who learns of a reason: of an appointment, of a text, or of a delivery."""
    tables = (OF_APPOINTMENT, OF_TEXT, OF_DELIVERY)
    return next((table[code] for table in tables if code in table), _OF_ANOTHER_RELEASE)
