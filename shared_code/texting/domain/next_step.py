"""
What becomes of one text: a snapshot of everything that decides it, and the next step.

Pure. A *suppression* ends the text for good, with a reason. A *hold* lets it wait, and nothing is
claimed meanwhile. What may have been sent is repeated as the same request while the SMS service
remembers it (REPEAT_WINDOW), and given up later: it is never made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.agenda.domain import LOOK_AGAIN
from shared_code.appointments.domain import Appointment, to_the_minute
from shared_code.connections.domain import Connection, Environment, SmsSetup
from shared_code.connections.errors import CONNECTION_NOT_APPROVED
from shared_code.errors import Reason
from shared_code.language.template_names import TemplateName
from shared_code.oversight.ports import UNASSIGNED, Owner
from shared_code.texting.domain import plan, quiet_hours, reasons
from shared_code.texting.domain.last_notice import last_notice
from shared_code.texting.domain.text import (
    CANCELLATION_NOTICES,
    CLAIM_LEASE,
    REPEAT_WINDOW,
    URGENT_BEFORE_START,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
    is_urgent,
)

TEXTS_A_DAY = 6
"""At most, for one appointment within 24 hours."""
PAUSE, BRAKE, DISCARDED, RELEASED = "pause", "brake", "discarded", "released"
"""Switches, each followed by `~` and a connection's id; `pause` alone is for all connections."""
DISAGREEMENT_AGAIN = timedelta(minutes=10)
"""After which a text that is held by its appointment's status is looked at again."""
CLAIMED, QUIET_HOURS, OUTAGE = "claimed", "quiet_hours", "outage"
"""Why a text waits, beside `pause`, `brake` and the code of a connection's state."""


@dataclass(frozen=True, slots=True)
class TextSnapshot:
    """
    What was read of one text. `before` is its record, `ready` where none is stored yet (`etag` is
    "" then), `records` are all texts of its appointment, `recipient` is the keyed hash of the
    number that it has now, `stops` the senders to which that number said STOP (`link`: on its
    page), `service_stop` what the SMS service's own list says of our number (None: not known).
    `discarded`: until which arrival (UTC) an operator discarded what the brake held.
    """

    before: TextRecord
    etag: str = ""
    appointment: Appointment | None = None
    connection: Connection | None = None
    records: Sequence[TextRecord] = ()
    recipient: str = ""
    stops: frozenset[str] = frozenset()
    service_stop: bool | None = None
    paused: bool = False
    braked: bool = False
    discarded: datetime | None = None

    @property
    def ref(self) -> TextRef:
        """Which text it is."""
        return self.before.ref

    @property
    def is_claimed(self) -> bool:
        """Whether a request was made, or is about to be, and nothing is known of its outcome."""
        return self.before.state is TextState.CLAIMED

    @property
    def owner(self) -> Owner:
        """Whom a problem with the text concerns."""
        tenant = self.connection.tenant if self.connection else UNASSIGNED.tenant
        return Owner(tenant, self.ref.subject.connection)

    def others(self) -> list[TextRecord]:
        """The appointment's other texts that somebody may have read, the oldest first."""
        read = [r for r in self.records if r.ref != self.ref and r.first_sent is not None]
        return sorted(filter(TextRecord.may_have_been_read, read), key=TextRecord.request_time)

    def notified(self) -> list[TextRecord]:
        """Those of them that went to the number that the appointment has now."""
        return [r for r in self.others() if r.composed and r.composed.recipient == self.recipient]

    def last_kind(self) -> TextKind | None:
        """
        The kind of the last text to that number. A cancellation notice whose arrival is not known
        does not count: a second one is better than none.
        """
        sure = [
            record.ref.kind
            for record in self.notified()
            if record.ref.kind not in CANCELLATION_NOTICES or record.state is TextState.ACCEPTED
        ]
        return sure[-1] if sure else None


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
    if connection is None or connection.sms is None:
        return reasons.SMS_NOT_ENABLED
    reason = (
        _reason_of_kind(snapshot, appointment)
        or _reason_of_time(snapshot, appointment, connection, now)
        or _reason_of_recipient(snapshot, appointment, connection)
    )
    start, phone = appointment.start, appointment.texting.phone
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


def _reason_of_kind(snapshot: TextSnapshot, appointment: Appointment) -> Reason | None:
    """
    A cancellation notice goes only to a number that was notified, and only once. Texts are filed
    by start date: after a move, the one filed under the new date goes. Texts that the brake held
    are not sent if their message arrived before an operator discarded them.
    """
    kind, start = snapshot.ref.kind, appointment.start
    is_notice = kind in CANCELLATION_NOTICES
    if appointment.texting.deceased:
        return reasons.PATIENT_DECEASED
    if is_notice != plan.is_withdrawn(appointment):
        return reasons.SUPERSEDED
    if not is_notice and appointment.texting.blocked:
        return appointment.texting.blocked
    if is_notice and start is not None and start.date() != snapshot.ref.day:
        return reasons.SUPERSEDED
    if is_notice and snapshot.last_kind() in (None, kind):
        return reasons.NEVER_NOTIFIED
    discarded, braked = snapshot.discarded, snapshot.before.held_by == BRAKE
    if discarded is not None and braked and appointment.order.arrival <= discarded:
        return reasons.DISCARDED
    return None


def _reason_of_time(
    snapshot: TextSnapshot, appointment: Appointment, connection: Connection, now: datetime
) -> Reason | None:
    sms, start = connection.sms, appointment.start
    if sms is not None and appointment.order.moment < sms.enabled_since:
        return reasons.BEFORE_SMS_ENABLED
    if start is None or start <= now:
        return reasons.DEADLINE_PASSED
    if snapshot.ref.kind is TextKind.REMINDER and appointment.is_held():
        return reasons.MISSED
    if sms is not None and snapshot.ref.kind is TextKind.REMINDER:
        following = max((o for o in sms.reminders if o < snapshot.ref.offset), default=None)
        if following is not None:
            department = appointment.department
            if plan.reminder_moment(start, following, connection, department) <= now:
                return reasons.MISSED
        if sms.confirmations and _precedes_confirmation(snapshot, appointment, now):
            return reasons.SUPERSEDED
    since = now - timedelta(days=1)
    recent = [record for record in snapshot.others() if record.request_time() > since]
    return reasons.TOO_MANY_TEXTS if len(recent) >= TEXTS_A_DAY else None


def _precedes_confirmation(snapshot: TextSnapshot, appointment: Appointment, now: datetime) -> bool:
    """
    Whether the version's own text, which says all that its reminder would, comes later: it is on
    its way just now, or waits for the morning.
    """
    own = (snapshot.ref.version, TextKind.CONFIRMATION)
    for record in snapshot.records:
        if (record.ref.version, record.ref.kind) == own:
            return record.state is TextState.READY and record.held_by == QUIET_HOURS
    return now - appointment.order.arrival < LOOK_AGAIN


def _reason_of_recipient(
    snapshot: TextSnapshot, appointment: Appointment, connection: Connection
) -> Reason | None:
    if appointment.texting.phone is None or connection.sms is None:
        return reasons.PHONE_MISSING
    is_test = connection.environment is Environment.TEST
    if is_test and snapshot.recipient not in connection.allow_list:
        return reasons.NOT_ON_ALLOW_LIST
    stops, sender = snapshot.stops, {connection.sms.from_number}
    if snapshot.service_stop is not None:
        stops = stops | sender if snapshot.service_stop else stops - sender
    return reasons.OPTED_OUT if stops else None
