"""
What a message says of an appointment, fact by fact, and what of it no newer message has said.

Absent is unchanged, in any order of arrival: what a newer message left out, an older one that
arrives late still says.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from shared_code.appointments.domain import Appointment, EventOrder, Fact
from shared_code.connections.domain import Connection, MinorsRule
from shared_code.hl7.schedule_event import (
    BIRTH_DATE_UNREADABLE,
    CANCELS,
    DELETED,
    NO_SHOW,
    PHONE_UNUSABLE,
    SEVERAL_PATIENTS,
    START_DISAGREES,
    START_UNREADABLE,
    ScheduleEvent,
)

OF_PERSON = frozenset({Fact.LANGUAGE, Fact.PHONE, Fact.MINOR, Fact.DECEASED, Fact.CONSENT})
"""Facts about whom the visit is with; the others are about the visit."""
_FIELDS: Mapping[Fact, str] = {fact: fact.value for fact in Fact} | {
    Fact.VIRTUAL: "visit_codes",
    Fact.STATUS: "status_cancels",
}
_REMARKS = {
    Fact.START: {START_UNREADABLE, START_DISAGREES},
    Fact.PHONE: {PHONE_UNUSABLE, SEVERAL_PATIENTS},
    Fact.MINOR: {BIRTH_DATE_UNREADABLE},
}
_SAY_NOTHING = {START_DISAGREES}
"""These remarks are about what was said."""


def facts_of(event: ScheduleEvent) -> frozenset[Fact]:
    """The facts on which the event has a word, be it that a value is deleted or unreadable."""
    remarks = set(event.remarks) - _SAY_NOTHING
    return frozenset(
        fact
        for fact, name in _FIELDS.items()
        if getattr(event, name) not in (None, "") or not remarks.isdisjoint(_REMARKS.get(fact, ()))
    )


def hear(event: ScheduleEvent, connection: Connection) -> ScheduleEvent:
    """
    The event with what it says without words: its end is no status that disagrees, and whoever must
    not be texted has no number.
    """
    ends = event.trigger in CANCELS | NO_SHOW
    heard = replace(event, status_cancels=False) if ends else event
    if PHONE_UNUSABLE in event.remarks or SEVERAL_PATIENTS in event.remarks:
        return replace(heard, phone=None)
    return replace(heard, phone=DELETED) if _forbidding(event, connection) else heard


def left_of(
    event: ScheduleEvent,
    before: Appointment,
    order: EventOrder,
    connection: Connection,
    number: str | None,
    *,
    about_person: bool,
) -> ScheduleEvent:
    """
    What an event that arrived late says still, of an appointment that knows newer ones; `number` is
    the keyed hash of its phone.
    """
    outranked = {fact for fact, last in before.said.items() if not order.is_after(last, ties=False)}
    if number is not None and number == before.unkept_number:
        outranked.discard(Fact.PHONE)
    if not about_person:
        outranked |= OF_PERSON
    names = isinstance(event.phone, str) and Fact.PHONE not in outranked
    if names and not _could_keep_number(event, outranked, order, connection):
        event = replace(event, phone=DELETED)
    left = _without(event, outranked)
    forbidding = _forbidding(event, connection) if about_person else frozenset()
    phone = before.said.get(Fact.PHONE)
    lifted = [before.said[fact] for fact in forbidding & outranked]
    if phone is not None and any(each.is_after(phone, ties=False) for each in lifted):
        return replace(left, phone=DELETED)  # it was named while nobody could be texted
    return left


def refuses_number(event: ScheduleEvent) -> bool:
    """Whether an event that was heard leaves no number to text."""
    return Fact.PHONE in facts_of(event) and not isinstance(event.phone, str)


def _forbidding(event: ScheduleEvent, connection: Connection) -> frozenset[Fact]:
    """The facts by which the event alone says that the patient must not be texted."""
    rule, said, minors = connection.consent, event.consent, connection.minors
    unreadable = BIRTH_DATE_UNREADABLE in event.remarks
    young = event.minor is True and minors is MinorsRule.NOBODY
    found = {
        Fact.DECEASED: event.deceased is True,
        Fact.CONSENT: rule is not None and said is not None and said not in rule.allowed,
        Fact.MINOR: young or (unreadable and minors is not MinorsRule.PATIENT),
    }
    return frozenset(fact for fact, holds in found.items() if holds)


def _could_keep_number(
    event: ScheduleEvent, outranked: Set[Fact], order: EventOrder, connection: Connection
) -> bool:
    """
    Whether the number of a late event would have been kept when the event was made. What a newer
    message alone has allowed, nobody knew then; what is a person's own is none of a guardian's.
    """
    rule, sms = connection.virtual_visits, connection.sms
    asked = {Fact.CONSENT} if connection.consent else set()
    if connection.minors is not MinorsRule.PATIENT:
        asked.add(Fact.MINOR)
    codes = event.visit_codes
    in_person = codes is not None and rule is not None and not rule.every_visit
    if rule is not None and in_person:
        in_person = not rule.matches(codes or ())
    early = sms is None or order.moment < sms.enabled_since
    return not (in_person or early or (asked & outranked) - facts_of(event))


def _without(event: ScheduleEvent, facts: Set[Fact]) -> ScheduleEvent:
    gone: dict[str, Any] = dict.fromkeys(_FIELDS[fact] for fact in facts)
    remarks = {remark for fact in facts for remark in _REMARKS.get(fact, ())}
    kept = tuple(remark for remark in event.remarks if remark not in remarks)
    return replace(event, remarks=kept, **gone)
