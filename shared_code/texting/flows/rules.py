"""
May this text go now? Everything that is asked before a text is claimed, read afresh each time.

An *obstacle* ends the text for good, with a reason. A *hold* lets it wait, and nothing is claimed
meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.agenda.domain import LOOK_AGAIN
from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection, Environment
from shared_code.connections.errors import CONNECTION_NOT_APPROVED
from shared_code.consent.ports import OptOuts
from shared_code.errors import Reason
from shared_code.oversight.ports import Switches
from shared_code.security.keys import Rings
from shared_code.texting.domain import plan, quiet_hours, reasons
from shared_code.texting.domain.reasons import (
    BEFORE_SMS_ENABLED,
    DEADLINE_PASSED,
    MISSED,
    NEVER_NOTIFIED,
    NOT_ON_ALLOW_LIST,
    OPTED_OUT,
    PHONE_MISSING,
    SMS_NOT_ENABLED,
    SUPERSEDED,
    TOO_MANY_TEXTS,
)
from shared_code.texting.domain.text import (
    CANCELLATION_NOTICES,
    TextKind,
    TextRecord,
    TextRef,
    TextState,
)
from shared_code.texting.ports import OptOutSource

TEXTS_A_DAY = 6
PAUSE = "pause"
BRAKE = "brake"
DISCARDED = "discarded"
RELEASED = "released"
QUIET_HOURS = "quiet_hours"


@dataclass(frozen=True, slots=True)
class Gates:
    """What the questions need."""

    switches: Switches
    opt_outs: OptOuts
    opt_out_source: OptOutSource | None
    rings: Rings


@dataclass(frozen=True, slots=True)
class Look:
    """
    One look at one text: what was read before anything is decided. `records` are all texts of the
    appointment, `recipient` is the keyed hash of the number that it has now.
    """

    ref: TextRef
    appointment: Appointment | None
    connection: Connection | None
    records: Sequence[TextRecord]
    recipient: str
    now: datetime

    def others(self) -> list[TextRecord]:
        """The other texts of this appointment that somebody may have read, the oldest first."""
        read = [r for r in self.records if r.ref != self.ref and r.may_have_been_read()]
        return sorted(read, key=lambda record: record.first_sent or self.now)

    def notified(self) -> list[TextRecord]:
        """Return those of them that went to the number that the appointment has now."""
        return [r for r in self.others() if r.composed and r.composed.recipient == self.recipient]

    def last_notice(self) -> TextKind | None:
        """
        The kind of the last text to that number. A cancellation notice whose outcome is unknown
        does not count: rather a second one than none.
        """
        sure = [
            record.ref.kind
            for record in self.notified()
            if record.ref.kind not in CANCELLATION_NOTICES or record.state is TextState.ACCEPTED
        ]
        return sure[-1] if sure else None


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a text waits, and when to ask again."""

    until: datetime
    code: str


def obstacle(look: Look, gates: Gates) -> Reason | None:
    """The reason why this text must not be sent, now or later."""
    appointment, connection = look.appointment, look.connection
    if appointment is None or appointment.version != look.ref.version:
        return SUPERSEDED
    if connection is None or connection.sms is None:
        return SMS_NOT_ENABLED
    return (
        _obstacle_of_kind(look, appointment)
        or _obstacle_of_operator(look, connection, gates)
        or _obstacle_of_time(look, appointment, connection)
        or _obstacle_of_recipient(look, appointment, connection, gates)
    )


def hold(look: Look, appointment: Appointment, connection: Connection, gates: Gates) -> Hold | None:
    """What this text waits for, if anything."""
    later = look.now + LOOK_AGAIN
    if not connection.may_text_now():
        return Hold(later, CONNECTION_NOT_APPROVED.code)
    for name in (PAUSE, f"{PAUSE}~{connection.id}"):
        if gates.switches.get(name):
            return Hold(later, PAUSE)
    burst = look.ref.kind is not TextKind.REMINDER
    if burst and gates.switches.get(f"{BRAKE}~{connection.id}"):
        return Hold(later, BRAKE)
    start = appointment.start or look.now
    where = ZoneInfo(connection.display_zone(appointment.department))
    morning = quiet_hours.may_go_at(look.now, start, where)
    return Hold(morning, QUIET_HOURS) if morning > look.now else None


def _obstacle_of_kind(look: Look, appointment: Appointment) -> Reason | None:
    notice = look.ref.kind in CANCELLATION_NOTICES
    if notice != plan.is_withdrawn(appointment):
        return SUPERSEDED
    return _obstacle_of_notice(look, appointment) if notice else appointment.blocked


def _obstacle_of_notice(look: Look, appointment: Appointment) -> Reason | None:
    """
    Send only to a number that was notified, and only once. Texts are filed by start date: after a
    move, the one filed under the new date goes.
    """
    if appointment.start is not None and appointment.start.date() != look.ref.day:
        return SUPERSEDED
    return NEVER_NOTIFIED if look.last_notice() in (None, look.ref.kind) else None


def _obstacle_of_operator(look: Look, connection: Connection, gates: Gates) -> Reason | None:
    """What the brake had held when an operator discarded it."""
    mine = next((record for record in look.records if record.ref == look.ref), None)
    if mine is None or mine.held_by != BRAKE or look.appointment is None:
        return None
    discarded = gates.switches.get(f"{DISCARDED}~{connection.id}")
    early = discarded is not None and look.appointment.order.arrival <= discarded.since
    return reasons.DISCARDED if early else None


def _obstacle_of_time(
    look: Look, appointment: Appointment, connection: Connection
) -> Reason | None:
    sms, start = connection.sms, appointment.start
    if sms is not None and appointment.order.moment < sms.enabled_since:
        return BEFORE_SMS_ENABLED
    if start is None or start <= look.now:
        return DEADLINE_PASSED
    if look.ref.kind is TextKind.REMINDER and _is_overtaken(look, appointment, connection, start):
        return MISSED
    if look.ref.kind is TextKind.REMINDER and _comes_too_soon(look, appointment, connection):
        return SUPERSEDED
    since = look.now - timedelta(days=1)
    recent = [r for r in look.others() if r.first_sent and r.first_sent > since]
    return TOO_MANY_TEXTS if len(recent) >= TEXTS_A_DAY else None


def _is_overtaken(
    look: Look, appointment: Appointment, connection: Connection, start: datetime
) -> bool:
    """Whether the next reminder of the same visit is due already."""
    reminders = connection.sms.reminders if connection.sms else ()
    nearer = [offset for offset in reminders if offset < look.ref.offset]
    if not nearer:
        return False
    department = appointment.department
    return plan.reminder_moment(start, max(nearer), connection, department) <= look.now


def _comes_too_soon(look: Look, appointment: Appointment, connection: Connection) -> bool:
    """
    Whether the version's own text, which says all that the reminder would, comes after it: it is
    on its way just now, or waits for the morning.
    """
    if connection.sms is None or not connection.sms.confirmations:
        return False
    confirmation = (look.ref.version, TextKind.CONFIRMATION)
    own = next((r for r in look.records if (r.ref.version, r.ref.kind) == confirmation), None)
    if own is None:
        return look.now - appointment.order.arrival < LOOK_AGAIN
    return own.state is TextState.READY and own.held_by == QUIET_HOURS


def _obstacle_of_recipient(
    look: Look, appointment: Appointment, connection: Connection, gates: Gates
) -> Reason | None:
    if appointment.phone is None:
        return PHONE_MISSING
    if connection.environment is Environment.TEST and look.recipient not in connection.allow_list:
        return NOT_ON_ALLOW_LIST
    _ask_the_service(appointment.phone, look.recipient, connection, gates)
    return OPTED_OUT if gates.opt_outs.has(connection.tenant, look.recipient) else None


def _ask_the_service(phone: str, recipient: str, connection: Connection, gates: Gates) -> None:
    """What the service's own list says of our number is noted; no answer changes nothing."""
    if gates.opt_out_source is None or connection.sms is None:
        return
    sender = connection.sms.from_number
    said_stop = gates.opt_out_source.opted_out(sender, phone)
    if said_stop is True:
        gates.opt_outs.add(connection.tenant, recipient, sender)
    elif said_stop is False:
        gates.opt_outs.remove(connection.tenant, recipient, sender)
