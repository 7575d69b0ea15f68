"""
What became of a text, and who said STOP: the SMS service's reports, one at a time.

Reports come late, twice, in any order, or never; without them a text's delivery stays empty and
everything else goes on. Doing one twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code import logs
from shared_code.domain import sending
from shared_code.domain.connection import Connection
from shared_code.domain.text_message import TextRecord, TextRef, TextState
from shared_code.errors import Conflict, ErrorCode, NotStored
from shared_code.flows import patience
from shared_code.flows.consent import recipient_hash
from shared_code.flows.metrics import Counting, count_change
from shared_code.ports import SMS_EVENTS, Clock, Connections, OptOuts, Queues, Texts
from shared_code.security.keys import Rings

DELIVERED, FAILED = "delivered", "failed"
_ROW = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
"""Rows that we could have written: anything else would be asked of storage in vain."""


@dataclass(frozen=True, slots=True)
class Results:
    """What recording needs."""

    connections: Connections
    texts: Texts
    opt_outs: OptOuts
    queues: Queues
    rings: Rings
    counting: Counting
    clock: Clock


def record_work(work: Mapping[str, str], results: Results) -> None:
    """
    Works on one event as sms/events.py reads it: `event` is `report`, `stop`, `start` or
    `ignored`. Transient trouble puts it back; what means nothing here is counted and forgotten.
    """
    try:
        ignored = _record(work, results)
    except (NotStored, Conflict) as error:
        logs.warn("sms.event_again", code=error.code)
        patience.try_again(results.queues, SMS_EVENTS, work)
        return
    if ignored:
        logs.event("sms.event_ignored", code=ignored)


def with_delivery(record: TextRecord, status: str, at: datetime) -> TextRecord:
    """The record after a report: what was delivered stays so, and a repetition changes nothing."""
    if record.delivery in (DELIVERED, status):
        return record
    return replace(record, delivery=status, delivery_at=at)


def settled(record: TextRecord, message_id: str, now: datetime) -> TextRecord:
    """A text that is reported on was accepted, whatever is known of its request."""
    if record.state is TextState.ACCEPTED:
        return record
    return replace(sending.finish(record, TextState.ACCEPTED, now), message_id=message_id)


def _record(work: Mapping[str, str], results: Results) -> str | None:
    """Returns the code of the reason why the event changes nothing here."""
    event = work.get("event")
    if event == "report":
        return _record_report(work, results)
    if event in ("stop", "start"):
        return _record_reply(work, results)
    code = work.get("code", "")
    return code if code in ErrorCode else ErrorCode.SMS_EVENT_UNREADABLE


def _record_report(work: Mapping[str, str], results: Results) -> str | None:
    status = work.get("delivery", "")
    if status not in (DELIVERED, FAILED):
        return ErrorCode.SMS_EVENT_UNREADABLE
    ref = _ref(work.get("text", ""))
    connection = results.connections.find(ref.subject.connection) if ref else None
    if ref is None or connection is None:
        return ErrorCode.SMS_TEXT_UNKNOWN
    with logs.bound(connection=connection.id, row=ref.subject.row, version=str(ref.version)):
        _record_block(work, connection, results)
        stored, now = results.texts.load(ref), results.clock()
        if stored is None:
            return ErrorCode.SMS_TEXT_UNKNOWN
        before, at = stored.value, _moment(work.get("at", "")) or now
        after = settled(with_delivery(before, status, at), work.get("message", ""), now)
        if after != before:
            results.texts.replace(after, stored.etag)
            count_change(before, after, results.counting)
            logs.event("text.reported", kind=ref.kind, outcome=status, state=before.state)
    return None


def _record_block(work: Mapping[str, str], connection: Connection, results: Results) -> None:
    """The carrier refused because this recipient had said STOP to this sender."""
    sender, recipient = work.get("sender"), work.get("recipient")
    if sender and recipient:
        _opt_out(connection.tenant, recipient, sender, results)


def _record_reply(work: Mapping[str, str], results: Results) -> str | None:
    sender, recipient = work.get("sender", ""), work.get("recipient", "")
    tenants = {
        connection.tenant
        for connection in results.connections.all()
        if connection.sms and connection.sms.from_number == sender
    }
    for tenant in sorted(tenants):
        if work.get("event") == "stop":
            _opt_out(tenant, recipient, sender, results)
        else:
            hashed = recipient_hash(results.rings, tenant, recipient)
            results.opt_outs.remove(tenant, hashed, sender)
            logs.event("optout.removed")
    return None if tenants else ErrorCode.SMS_NUMBER_UNKNOWN


def _opt_out(tenant: str, recipient: str, sender: str, results: Results) -> None:
    results.opt_outs.add(tenant, recipient_hash(results.rings, tenant, recipient), sender)
    logs.event("optout.added")


def _ref(tag: str) -> TextRef | None:
    """The text that a tag names; None for a tag that we never write."""
    try:
        ref = TextRef.parse(tag)
    except ValueError:
        return None
    return ref if str(ref) == tag and _ROW.fullmatch(ref.subject.row) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
