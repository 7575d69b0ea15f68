"""
What became of a text, and who said STOP: the SMS service's reports, one at a time.

Reports come late, twice, in any order, or never; without them a text's delivery stays empty and
everything else goes on. Doing one twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code import logs, retry
from shared_code.clock import Clock
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import Code, Conflict, NotStored, Reason
from shared_code.queues import SMS_EVENTS, Queues
from shared_code.security.keys import Rings
from shared_code.texting.domain.reasons import (
    IGNORED_BECAUSE,
    SMS_EVENT_UNREADABLE,
    SMS_NUMBER_UNKNOWN,
    SMS_TEXT_UNKNOWN,
)
from shared_code.texting.domain.text import DELIVERED, FAILED, TextRecord, TextRef, TextState
from shared_code.texting.flows.counting import Counting
from shared_code.texting.ports import Texts

_ROW = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
"""Rows that we could have written: anything else would be asked of storage in vain."""


@dataclass(frozen=True, slots=True)
class TextResults:
    """Records the SMS service's reports. `read_events` reads the body of its messages."""

    connections: Connections
    texts: Texts
    opt_outs: OptOuts
    queues: Queues
    rings: Rings
    counting: Counting
    clock: Clock
    read_events: Callable[[bytes], Sequence[Mapping[str, str]]]

    def on_message(self, body: bytes) -> None:
        """Record every event of one message, as Event Grid puts it on the queue."""
        for work in self.read_events(body):
            self.on_event(work)

    def on_event(self, work: Mapping[str, str]) -> None:
        """
        Record one event: `event` is `report`, `stop`, `start` or `ignored`. Transient trouble puts
        it back; what means nothing here is counted and forgotten.
        """
        try:
            ignored = self._record(work)
        except (NotStored, Conflict) as error:
            logs.warn("sms.event_again", code=error.code)
            retry.try_again(self.queues, SMS_EVENTS, work)
            return
        if ignored:
            logs.event("sms.event_ignored", code=ignored.code)

    def _record(self, work: Mapping[str, str]) -> Reason | None:
        """Returns the reason why the event changes nothing here."""
        event = work.get("event")
        if event == "report":
            return self._record_report(work)
        if event in ("stop", "start"):
            return self._record_reply(work)
        reason = Reason(Code(work.get("code", "")))
        return reason if reason in IGNORED_BECAUSE else SMS_EVENT_UNREADABLE

    def _record_report(self, work: Mapping[str, str]) -> Reason | None:
        status = work.get("delivery", "")
        if status not in (DELIVERED, FAILED):
            return SMS_EVENT_UNREADABLE
        ref = _ref(work.get("text", ""))
        connection = self.connections.find(ref.subject.connection) if ref else None
        if ref is None or connection is None:
            return SMS_TEXT_UNKNOWN
        with logs.bound(connection=connection.id, row=ref.subject.row, version=str(ref.version)):
            sender, recipient = work.get("sender"), work.get("recipient")
            if sender and recipient:  # the carrier refused: this recipient said STOP to the sender
                self._opt_out(connection.tenant, recipient, sender)
            stored, now = self.texts.load(ref), self.clock()
            if stored is None:
                return SMS_TEXT_UNKNOWN
            before, at = stored.value, _moment(work.get("at", "")) or now
            after = settled(with_delivery(before, status, at), work.get("message", ""), now)
            if after != before:
                self.texts.replace(after, stored.etag)
                self.counting.change(before, after)
                logs.event("text.reported", kind=ref.kind, outcome=status, state=before.state)
        return None

    def _record_reply(self, work: Mapping[str, str]) -> Reason | None:
        sender, recipient = work.get("sender", ""), work.get("recipient", "")
        tenants = {
            connection.tenant
            for connection in self.connections.all()
            if connection.sms and connection.sms.from_number == sender
        }
        for tenant in sorted(tenants):
            if work.get("event") == "stop":
                self._opt_out(tenant, recipient, sender)
            else:
                self.opt_outs.remove(tenant, recipient_hash(self.rings, tenant, recipient), sender)
                logs.event("optout.removed")
        return None if tenants else SMS_NUMBER_UNKNOWN

    def _opt_out(self, tenant: str, recipient: str, sender: str) -> None:
        self.opt_outs.add(tenant, recipient_hash(self.rings, tenant, recipient), sender)
        logs.event("optout.added")


def with_delivery(record: TextRecord, status: str, at: datetime) -> TextRecord:
    """The record after a report: what was delivered stays so, and a repetition changes nothing."""
    if record.delivery in (DELIVERED, status):
        return record
    return replace(record, delivery=status, delivery_at=at)


def settled(record: TextRecord, message_id: str, now: datetime) -> TextRecord:
    """A text that is reported on was accepted, whatever is known of its request."""
    if record.state is TextState.ACCEPTED:
        return record
    return replace(record.finished(TextState.ACCEPTED, now), message_id=message_id)


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
