"""
What is kept for texting after an event: the one phone, or none, and why nobody is texted.

Nothing else decides which phone is kept; only duties of the agenda erase one later.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.appointments.domain import Appointment, Status, Texting
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.errors import Reason
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    DELETED,
    PHONE_UNUSABLE,
    SEVERAL_PATIENTS,
    ScheduleEvent,
)
from shared_code.texting.domain.eligibility import why_not_texted, why_refused_by_rules
from shared_code.texting.domain.ends import ends_told_visit
from shared_code.texting.domain.plan import is_withdrawn, wanted_texts
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    CONSENT_MISSING,
    END_NOT_TOLD,
    MINOR_NOT_TEXTED,
    NOT_VIRTUAL,
    PATIENT_DECEASED,
    SMS_NOT_ENABLED,
    VIRTUAL_RULE_MISSING,
)

_REMEMBERED_DAYS = 12
_NOT_KEPT_WHERE = frozenset(
    {
        SMS_NOT_ENABLED,
        BEFORE_SMS_ENABLED,
        VIRTUAL_RULE_MISSING,
        NOT_VIRTUAL,
        CONSENT_MISSING,
        BIRTH_DATE_UNREADABLE,
        MINOR_NOT_TEXTED,
        PATIENT_DECEASED,
        SEVERAL_PATIENTS,
    }
)
"""Reasons that a later message about the same visit does not usually lift."""


def decide_texting(
    before: Appointment,
    after: Appointment,
    event: ScheduleEvent,
    connection: Connection,
    now: datetime,
    grace: timedelta,
) -> Texting:
    """
    What the row keeps for texting. `before` is the row that the event found, `after` as the event
    leaves it otherwise.

    No phone (E.164) is kept of a patient who is dead. A visit that is cancelled or no longer
    virtual keeps the one known before, and only for a notice that is wanted. Any other keeps the
    one known or named by the event, unless it is over or a reason of `_NOT_KEPT_WHERE` holds.
    `blocked` is judged by the number that could be texted, whether or not it is kept.
    """
    withdrawn = is_withdrawn(after.with_phone(before.texting.phone))
    if after.texting.deceased or (after.is_over(now, grace) and not withdrawn):
        number = None
    elif withdrawn:
        told = _may_send_notice(before, after, event, connection, now)
        number = before.texting.phone if told else None
    else:
        number = _number_after(before, after, event, connection)
    textable = after.with_phone(number)
    blocked = why_not_texted(textable, event, connection, now)
    if after.texting.deceased and withdrawn:
        blocked = PATIENT_DECEASED  # of a visit that is in person from now on, too
    wanted = wanted_texts(textable, connection) if withdrawn else blocked not in _NOT_KEPT_WHERE
    phone = number if wanted else None
    if phone is None and ends_told_visit(before, after, connection, now):
        blocked = _why_end_not_told(before, after, event, connection, now)
    starts = (before.start.date(),) if before.start else ()
    dates = tuple(dict.fromkeys((*before.texting.notified_dates, *starts)))
    kept = dates[-_REMEMBERED_DAYS:]
    whose = _is_guardians(phone, before, after, event, connection)
    texting = replace(after.texting, phone=phone, guardians_phone=whose)
    return replace(texting, blocked=blocked, notified_dates=kept)


def _may_send_notice(
    before: Appointment,
    after: Appointment,
    event: ScheduleEvent,
    connection: Connection,
    now: datetime,
) -> bool:
    """
    Whether the visit is ahead and a notice may be due, or one is under way already. None is due to
    a number of which the event says that it must not be texted: it is refused or deleted, consent
    is taken back, or it is a minor's own. None is due where nobody knows whose visit it is.
    """
    if after.patient_conflict or SEVERAL_PATIENTS in event.remarks or _refuses_number(event):
        return False
    guardians, known_minor = before.texting.guardians_phone, before.texting.minor
    whose = bool(known_minor) if guardians is None else guardians  # as earlier releases took it
    as_known = replace(after, texting=replace(after.texting, guardians_phone=whose))
    refused = why_refused_by_rules(as_known, connection, is_notice=True) is not None
    if refused or before.start is None or before.start <= now:
        return False
    under_way = before.status is Status.CANCELLED or before.virtual is False
    return under_way or (before.status is Status.ACTIVE and before.texting.blocked is None)


def _refuses_number(event: ScheduleEvent) -> bool:
    return PHONE_UNUSABLE in event.remarks or event.phone is DELETED


def _why_end_not_told(
    before: Appointment,
    after: Appointment,
    event: ScheduleEvent,
    connection: Connection,
    now: datetime,
) -> Reason:
    """Why the number that was known is not told that the video visit does not take place."""
    known = None if _refuses_number(event) else before.texting.phone
    as_video = replace(after.with_phone(known), virtual=True)
    return why_not_texted(as_video, event, connection, now) or END_NOT_TOLD


def _number_after(
    before: Appointment, after: Appointment, event: ScheduleEvent, connection: Connection
) -> str | None:
    """
    The number after the event: the one it names, the one known where it says nothing, none where
    it deletes it or names one that cannot be texted. Where it is to be a guardian's, a minor's own
    is not taken: neither one that came in a message without a birth date, nor one known that is not
    known as a guardian's. Where it is to be the patient's, a guardian's is not kept.
    """
    known, said = before.texting.phone, event.phone
    if PHONE_UNUSABLE in event.remarks:
        return None
    if _is_to_be_guardians(after, connection):
        known = known if before.texting.guardians_phone else None
        if event.minor is None:
            return known
    elif before.texting.guardians_phone:
        known = None
    if said is DELETED:
        return None
    return known if said is None else said


def _is_to_be_guardians(appointment: Appointment, connection: Connection) -> bool:
    return bool(appointment.texting.minor) and connection.minors is MinorsRule.GUARDIAN


def _is_guardians(
    phone: str | None,
    before: Appointment,
    after: Appointment,
    event: ScheduleEvent,
    connection: Connection,
) -> bool | None:
    """Whether the number kept is a guardian's; None without one, and where nobody knows."""
    if phone is None:
        return None
    to_be = _is_to_be_guardians(after, connection)
    if phone == event.phone and not (to_be and event.minor is None):
        return to_be  # the reader took it where the rule says
    return before.texting.guardians_phone
