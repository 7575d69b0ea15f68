"""
Whether an appointment's patient may be texted, and what should be reported to a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared_code.appointments.domain import START_MISSING, Appointment, Status
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.connections.sms_setup import SmsSetup
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    BOOKS,
    MESSAGE_TIME_UNREADABLE,
    PHONE_UNUSABLE,
    SEVERAL_PATIENTS,
    START_UNREADABLE,
    ScheduleEvent,
)
from shared_code.texting.domain import attention
from shared_code.texting.domain.attention import Learns
from shared_code.texting.domain.ends import ends_told_visit, is_video_visit
from shared_code.texting.domain.plan import is_withdrawn
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    CONSENT_MISSING,
    END_NOT_TOLD,
    MINOR_NOT_TEXTED,
    NOT_VIRTUAL,
    PATIENT_CHANGED,
    PATIENT_DECEASED,
    PHONE_MISSING,
    SMS_NOT_ENABLED,
    STATUS_DISAGREES,
    VIRTUAL_RULE_MISSING,
    VISIT_IN_PAST,
    VISIT_KIND_UNKNOWN,
)

BACK_LOAD = timedelta(hours=24)
"""How long after SMS was enabled a booking whose time nobody knows is taken for an old one."""
_WRONG_WITH_FEED = frozenset({MESSAGE_TIME_UNREADABLE})
_UNTIL_SAID = frozenset({PATIENT_DECEASED, PATIENT_CHANGED, END_NOT_TOLD})
"""What is settled by what it is about, not by another reason that comes before it."""


def why_not_texted(
    after: Appointment, event: ScheduleEvent, connection: Connection, now: datetime
) -> Reason | None:
    """The first reason that holds. `after` is the row as the event leaves it."""
    unusable = PHONE_UNUSABLE in event.remarks
    unreadable = START_UNREADABLE in event.remarks
    reasons = (
        *_reasons_of_connection(after, event, connection),
        (SEVERAL_PATIENTS in event.remarks, SEVERAL_PATIENTS),
        *_reasons_of_patient(after, connection),
        (after.virtual is None, VISIT_KIND_UNKNOWN),
        (after.start is None, START_UNREADABLE if unreadable else START_MISSING),
        (after.start is not None and after.start <= now, VISIT_IN_PAST),
        (after.texting.phone is None, PHONE_UNUSABLE if unusable else PHONE_MISSING),
    )
    return next((reason for holds, reason in reasons if holds), None)


def why_not_texted_without_event(
    appointment: Appointment, connection: Connection, now: datetime
) -> Reason | None:
    """The first reason that the row itself tells, for who changes it without a message."""
    texting, start = appointment.texting, appointment.start
    reasons = (
        (appointment.virtual is False, NOT_VIRTUAL),
        *_reasons_of_patient(appointment, connection),
        (appointment.virtual is None, VISIT_KIND_UNKNOWN),
        (start is None, START_MISSING),
        (start is not None and start <= now, VISIT_IN_PAST),
        (texting.phone is None, PHONE_MISSING),
    )
    return next((reason for holds, reason in reasons if holds), None)


def why_refused_by_rules(
    appointment: Appointment, connection: Connection, *, is_notice: bool
) -> Reason | None:
    """
    The first reason by which the connection's rules, as they are now, refuse the number that the
    row keeps. A cancellation notice is refused only by what the row says, not by what it leaves
    open; consent that no rule asked for was never read, and refuses no text.
    """
    texting, minors = appointment.texting, connection.minors
    ages_matter = minors is not MinorsRule.PATIENT and not is_notice
    own = texting.guardians_phone is False and minors is MinorsRule.GUARDIAN
    reasons = (
        (connection.consent is not None and texting.consent is False, CONSENT_MISSING),
        (bool(texting.minor) and minors is MinorsRule.NOBODY, MINOR_NOT_TEXTED),
        (bool(texting.minor) and own, PHONE_MISSING),
        (texting.minor is None and ages_matter, BIRTH_DATE_UNREADABLE),
    )
    return next((reason for holds, reason in reasons if holds), None)


def problems_of(
    remarks: tuple[Reason, ...],
    before: Appointment,
    after: Appointment,
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> tuple[Reason, ...]:
    """
    What a person should look at: nothing about visits that are over or in person, but for what is
    wrong with the feed itself, for a patient who is dead or who is not told that the visit does
    not take place, and for texts that are held since now.
    """
    found = [remark for remark in remarks if remark in _WRONG_WITH_FEED]
    if after.virtual is not False and not after.is_over(now, grace):
        blocked = after.texting.blocked
        found += remarks
        if blocked is not None and blocked != PATIENT_DECEASED:
            learns = attention.of(blocked.code).learns
            found += [blocked] if learns is Learns.PROBLEM else []
    if after.texting.phone is None and ends_told_visit(before, after, connection, now):
        found.append(_why_to_call(after))
    if _somebody_must_call(after, now) and not _somebody_must_call(before, now):
        found.append(PATIENT_DECEASED)
    if _holds_texts(after) and not _holds_texts(before):
        found.append(STATUS_DISAGREES)
    return tuple(dict.fromkeys(found))


def settled_by(
    before: Appointment, after: Appointment, reported: tuple[Reason, ...] = ()
) -> tuple[Reason, ...]:
    """
    The problems with an appointment that an event has ended, besides those that it reported. While
    no video visit takes place, whoever was not told of its end still has to be called, whatever is
    set right besides.
    """
    takes_place, alive = is_video_visit(after), not after.texting.deceased
    agreed = not after.patient_conflict
    ended = (
        (before.is_held() and not after.is_held(), STATUS_DISAGREES),
        (takes_place and before.texting.deceased and alive, PATIENT_DECEASED),
        (takes_place and before.patient_conflict and agreed, PATIENT_CHANGED),
        (takes_place and not is_video_visit(before), END_NOT_TOLD),
        *_unblocked(before, after),
    )
    reasons = dict.fromkeys(reason for holds, reason in ended if holds)
    return tuple(reason for reason in reasons if reason not in reported)


def _unblocked(before: Appointment, after: Appointment) -> tuple[tuple[bool, Reason], ...]:
    """
    Why nobody was texted and what is no longer so, or what does not matter any more because the
    visit has ended. A number may have been unusable besides the reason that came first.
    """
    was, blocked = before.texting.blocked, after.texting.blocked
    if was is None or was in _UNTIL_SAID:
        return ()
    ends = is_video_visit(before) and not is_video_visit(after)
    loud = attention.of(was.code).learns is Learns.PROBLEM
    return ((loud and (was != blocked or ends), was), (blocked is None or ends, PHONE_UNUSABLE))


def _why_to_call(after: Appointment) -> Reason:
    blocked = after.texting.blocked or END_NOT_TOLD
    return blocked if attention.of(blocked.code).learns is Learns.PROBLEM else END_NOT_TOLD


def _somebody_must_call(row: Appointment, now: datetime) -> bool:
    ahead = row.start is None or row.start > now
    return row.texting.blocked == PATIENT_DECEASED and row.status is not Status.CLOSED and ahead


def _holds_texts(row: Appointment) -> bool:
    return row.is_held() and (row.texting.blocked is None or is_withdrawn(row))


def _reasons_of_connection(
    after: Appointment, event: ScheduleEvent, connection: Connection
) -> tuple[tuple[bool, Reason], ...]:
    sms = connection.sms
    return (
        (sms is None, SMS_NOT_ENABLED),
        (sms is not None and _is_before(after, event, sms), BEFORE_SMS_ENABLED),
        (after.virtual is None and connection.virtual_visits is None, VIRTUAL_RULE_MISSING),
        (after.virtual is False, NOT_VIRTUAL),
    )


def _reasons_of_patient(
    after: Appointment, connection: Connection
) -> tuple[tuple[bool, Reason], ...]:
    texting, nobody = after.texting, connection.minors is MinorsRule.NOBODY
    ages_matter = connection.minors is not MinorsRule.PATIENT
    return (
        (texting.deceased, PATIENT_DECEASED),
        (connection.consent is not None and not texting.consent, CONSENT_MISSING),
        (bool(texting.minor) and nobody, MINOR_NOT_TEXTED),
        (texting.minor is None and ages_matter, BIRTH_DATE_UNREADABLE),
        (after.patient_conflict, PATIENT_CHANGED),
    )


def _is_before(after: Appointment, event: ScheduleEvent, sms: SmsSetup) -> bool:
    """
    Whether the event was made before SMS was enabled. Nobody knows of one without a readable time:
    a booking counts as made before if it arrives on the first day, when a feed's existing visits
    are loaded; so does a change of a visit that is not known, or that was booked before.
    """
    booking = (
        event.trigger in BOOKS
        or after.version.counter == 0
        or after.texting.blocked == BEFORE_SMS_ENABLED
    )
    late = BACK_LOAD if booking and not after.order.timed else timedelta(0)
    return after.order.moment < sms.enabled_since + late
