"""
What becomes of one text: the next step, by a snapshot of everything that decides it.

Pure. A *suppression* ends the text for good, with a reason. A *hold* lets it wait, and nothing is
claimed meanwhile. What may have been sent is repeated as the same request while the SMS service
remembers it (REPEAT_WINDOW), and given up later: it is never made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from shared_code.agenda.domain import LOOK_AGAIN
from shared_code.appointments.domain import Appointment, to_the_minute
from shared_code.connections.domain import Connection
from shared_code.connections.errors import CONNECTION_NOT_APPROVED
from shared_code.connections.sms_setup import SmsSetup
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain import quiet_hours, reasons
from shared_code.texting.domain.holds import (
    BRAKE,
    CLAIMED,
    DISAGREEMENT_AGAIN,
    PAUSE,
    QUIET_HOURS,
)
from shared_code.texting.domain.last_notice import last_notice
from shared_code.texting.domain.suppression import why_suppressed
from shared_code.texting.domain.text import (
    CLAIM_LEASE,
    REPEAT_WINDOW,
    URGENT_BEFORE_START,
    TextKind,
    TextRecord,
    TextState,
    is_urgent,
)
from shared_code.texting.domain.text_snapshot import TextSnapshot


@dataclass(frozen=True, slots=True)
class Sendable:
    """
    A text that may go, and what its request needs. `first`: the number was not texted for this
    appointment before. `limited`: it goes only if its number has a place left on this day. `start`
    is UTC, `phone` E.164.
    """

    snapshot: TextSnapshot
    appointment: Appointment
    connection: Connection
    sms: SmsSetup
    start: datetime
    phone: str
    template: TemplateName
    first: bool
    urgent: bool
    limited: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The text has its outcome."""


@dataclass(frozen=True, slots=True)
class Decline:
    """The text is not sent, now or later."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Whether the text was sent is not known, and its request must not be repeated any more."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is done before `until` (UTC)."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A new request may be made."""

    text: Sendable


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same request may be made once more."""

    text: Sendable


Step = Done | Decline | GiveUp | Wait | Claim | Repeat


def next_step(snapshot: TextSnapshot, now: datetime) -> Step:
    """What a worker that holds a hint for the text does now (UTC)."""
    record = snapshot.before
    if record.is_final():
        return Done()
    found = _sendable(snapshot, now)
    if record.claimed_at and snapshot.is_claimed:
        free_at = record.claimed_at + CLAIM_LEASE
        if now < free_at:
            return Wait(free_at, CLAIMED)
        forgotten = now - record.request_time() >= REPEAT_WINDOW
        if forgotten or isinstance(found, Reason) or found.appointment.is_held():
            return GiveUp()
        return Repeat(found)
    if found == reasons.SMS_SETUP_MISSING:
        return Wait(now + LOOK_AGAIN, reasons.SMS_SETUP_MISSING.code)
    if isinstance(found, Reason):
        return Decline(found)
    return _hold(snapshot, found, now) or Claim(found)


def depends_on_stop(snapshot: TextSnapshot, now: datetime) -> bool:
    """Whether only a STOP can keep the text from going: only then the SMS service is asked."""
    return isinstance(_sendable(replace(snapshot, stops=frozenset()), now), Sendable)


def _hold(snapshot: TextSnapshot, text: Sendable, now: datetime) -> Wait | None:
    record, connection, again = snapshot.before, text.connection, now + LOOK_AGAIN
    disagreed = record.held_by == reasons.STATUS_DISAGREES.code
    if record.not_before is not None and now < record.not_before and not disagreed:
        return Wait(record.not_before, record.held_by)
    if text.appointment.is_held():
        # the hint that ends it comes at once; until then it may be days
        until = record.not_before if disagreed else None
        later = until if until and until > now else now + DISAGREEMENT_AGAIN
        return Wait(later, reasons.STATUS_DISAGREES.code)
    if not connection.may_text_now():
        return Wait(again, CONNECTION_NOT_APPROVED.code)
    if snapshot.paused:
        return Wait(again, PAUSE)
    if snapshot.braked and snapshot.ref.kind is not TextKind.REMINDER:
        return Wait(again, BRAKE)
    on_its_way = _being_told(snapshot, text.start, now)
    if on_its_way is not None:
        return Wait(on_its_way, CLAIMED)
    where = ZoneInfo(connection.display_zone(text.appointment.department))
    morning = quiet_hours.may_go_at(now, text.start, where)
    return Wait(morning, QUIET_HOURS) if morning > now else None


def _being_told(snapshot: TextSnapshot, start: datetime, now: datetime) -> datetime | None:
    """
    Until when a fresh claim of another version's text may be telling the number this very start:
    then there is nothing to confirm.
    """
    if snapshot.ref.kind is not TextKind.CONFIRMATION or snapshot.before.in_doubt:
        return None
    for record in snapshot.notified():
        told = record.composed.start if record.composed else None
        if record.state is TextState.CLAIMED and told == to_the_minute(start):
            free_at = (record.claimed_at or now) + CLAIM_LEASE
            if now < free_at:
                return free_at
    return None


def _sendable(snapshot: TextSnapshot, now: datetime) -> Sendable | Reason:
    """The text with all that its request needs, or the first reason that suppresses it."""
    appointment, connection = snapshot.appointment, snapshot.connection
    if appointment is None or appointment.version != snapshot.ref.version:
        return reasons.SUPERSEDED
    start, phone = appointment.start, appointment.texting.phone
    if connection is None or connection.sms is None:  # it was there when the text was asked for
        ahead = start is not None and start > now
        return reasons.SMS_SETUP_MISSING if ahead else reasons.DEADLINE_PASSED
    reason = why_suppressed(snapshot, appointment, connection, now)
    if reason or start is None or phone is None:
        return reason or reasons.PHONE_MISSING
    if _is_known(snapshot, start):
        return reasons.ALREADY_TOLD
    known = snapshot.before.composed if snapshot.is_claimed else None
    return Sendable(
        snapshot=snapshot,
        appointment=appointment,
        connection=connection,
        sms=connection.sms,
        start=start,
        phone=phone,
        template=known.template if known else _template(snapshot, start),
        first=known.first if known else all(map(TextRecord.failed_to_arrive, snapshot.notified())),
        urgent=is_urgent(snapshot.ref, start, now),
        limited=_is_limited(snapshot, appointment, start, now),
    )


def _is_limited(
    snapshot: TextSnapshot, appointment: Appointment, start: datetime, now: datetime
) -> bool:
    """
    Whether it is the first text to its number about a visit that is more than a day ahead, and not
    about a start that has just changed. What a person sends again is never limited.
    """
    new = snapshot.ref.kind is TextKind.CONFIRMATION and not snapshot.notified()
    asked_for, soon = snapshot.before.in_doubt, start - now <= URGENT_BEFORE_START
    return new and not (asked_for or soon or appointment.texting.moved)


def _is_known(snapshot: TextSnapshot, start: datetime) -> bool:
    """
    Whether a confirmation would say nothing new to its number. A request that may be on the wire
    is not judged, nor what a person sends again.
    """
    if snapshot.ref.kind is not TextKind.CONFIRMATION:
        return False
    if snapshot.is_claimed or snapshot.before.in_doubt:
        return False
    return last_notice(snapshot.notified()).knows(start)


def _template(snapshot: TextSnapshot, start: datetime) -> TemplateName:
    if snapshot.ref.kind is TextKind.CONFIRMATION:
        return last_notice(snapshot.notified()).template(start)
    return {
        TextKind.CANCELLATION: TemplateName.CANCELLED,
        TextKind.NO_LONGER_VIRTUAL: TemplateName.NO_LONGER_VIRTUAL,
        TextKind.REMINDER: TemplateName.REMINDER,
    }[snapshot.ref.kind]
