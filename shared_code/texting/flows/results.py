"""
What became of a text, and who said STOP: the SMS service's reports, one at a time.

A reply that may have meant STOP is a problem for staff: no more than this decision was read of it.
Where many of an hour's texts do not arrive, that is a problem too. Reports come late, twice, in any
order, or never; without them a text's delivery stays empty and everything else goes on. Doing one
twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code import logs, retry
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.consent.flows import recipient_hash
from shared_code.consent.ports import OptOuts
from shared_code.errors import Code, Conflict, NotStored, Reason
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner
from shared_code.queues import SMS_EVENTS, Queues
from shared_code.security.keys import Rings
from shared_code.texting.domain import attention
from shared_code.texting.domain.attention import Learns
from shared_code.texting.domain.delivery import (
    DELIVERIES_FAIL,
    DELIVERY_OTHER,
    REASONS,
    why_many_fail,
)
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.domain.reasons import (
    IGNORED_BECAUSE,
    REPLY_UNCLEAR,
    SMS_EVENT_UNREADABLE,
    SMS_NUMBER_UNKNOWN,
    SMS_TEXT_UNKNOWN,
)
from shared_code.texting.domain.replies import Wish
from shared_code.texting.domain.text import DELIVERED, FAILED, TextRecord, TextRef, TextState
from shared_code.texting.flows.counting import Counting
from shared_code.texting.flows.text_problems import settle_doubt
from shared_code.texting.ports import Texts

_WISHES = frozenset(wish.value for wish in Wish)
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
    problems: Problems
    clock: Clock
    read_events: Callable[[bytes], Sequence[Mapping[str, str]]]

    def on_message(self, body: bytes) -> None:
        """Record every event of one message, as Event Grid puts it on the queue."""
        for work in self.read_events(body):
            self.on_event(work)

    def on_event(self, work: Mapping[str, str]) -> None:
        """
        Record one event: `event` is `report`, `stop`, `start`, `unclear` or `ignored`. Transient
        trouble puts it back; what means nothing here is counted and forgotten.
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
        if event in _WISHES:
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
            after = with_delivery(before, status, at, _why(work) if status == FAILED else "")
            after = settled(after, work.get("message", ""), now)
            if after != before:
                self._write(before, after, stored.etag, connection)
        return None

    def _write(
        self, before: TextRecord, after: TextRecord, etag: str, connection: Connection
    ) -> None:
        """
        Write what a report changed, and count it. A problem is settled before: once the record is
        written, a repetition of the report would not come here any more.
        """
        owner = Owner(connection.tenant, connection.id)
        if before.state is not after.state:
            settle_doubt(self.problems, before, owner, self.clock())
        if before.delivery_reason != after.delivery_reason:
            self._report_delivery(after, owner)
        try:
            self.texts.replace(after, etag)
        except Conflict:
            if self.texts.load(after.ref) is None:  # erased meanwhile: nobody may look at it
                code = Code(after.delivery_reason)
                self.problems.settle(code, str(after.ref), owner, self.clock())
            raise
        count = self.counting.change(before, after)
        logs.event(
            "text.reported",
            kind=after.ref.kind,
            outcome=after.delivery,
            state=before.state,
            code=after.delivery_reason,
        )
        if Metric.FAILED in count.metrics:
            self._watch(owner)

    def _report_delivery(self, text: TextRecord, owner: Owner) -> None:
        """Report what a person can correct for this patient alone."""
        code = Code(text.delivery_reason)
        if code and attention.of(code).learns is Learns.PROBLEM:
            self.problems.report(code, str(text.ref), self.clock(), owner)

    def _watch(self, owner: Owner) -> None:
        """Report that many of the last hour's texts did not arrive, if so."""
        why = why_many_fail(self.counting.reported(owner.connection))
        if why is not None:
            logs.warn("text.deliveries_fail", code=why)
            self.problems.report(DELIVERIES_FAIL.code, why, self.clock(), owner)

    def _record_reply(self, work: Mapping[str, str]) -> Reason | None:
        sender, recipient = work.get("sender", ""), work.get("recipient", "")
        texting = [
            connection
            for connection in self.connections.all()
            if connection.sms and connection.sms.from_number == sender
        ]
        tenants: dict[str, list[str]] = {}
        for connection in texting:
            tenants.setdefault(connection.tenant, []).append(connection.id)
        for tenant, ids in sorted(tenants.items()):
            match work.get("event"):
                case Wish.STOP:
                    self._opt_out(tenant, recipient, sender)
                case Wish.START:
                    hashed = recipient_hash(self.rings, tenant, recipient)
                    self.opt_outs.remove(tenant, hashed, sender)
                    logs.event("optout.removed")
                case _:
                    self._ask_staff(Owner(tenant, ids[0] if len(ids) == 1 else ""), recipient)
        return None if tenants else SMS_NUMBER_UNKNOWN

    def _ask_staff(self, owner: Owner, recipient: str) -> None:
        """Once a day and number: somebody asks the patient what they want."""
        subject = recipient_hash(self.rings, owner.tenant, recipient)
        self.problems.report(REPLY_UNCLEAR.code, subject, self.clock(), owner, each=True)
        logs.warn("reply.unclear", connection=owner.connection)

    def _opt_out(self, tenant: str, recipient: str, sender: str) -> None:
        self.opt_outs.add(tenant, recipient_hash(self.rings, tenant, recipient), sender)
        logs.event("optout.added")


def with_delivery(record: TextRecord, status: str, at: datetime, why: str = "") -> TextRecord:
    """The record after a report: what was delivered stays so, and a repetition changes nothing."""
    if record.delivery in (DELIVERED, status):
        return record
    return replace(record, delivery=status, delivery_at=at, delivery_reason=why)


def settled(record: TextRecord, message_id: str, now: datetime) -> TextRecord:
    """A text that is reported on was accepted, whatever is known of its request."""
    if record.state is TextState.ACCEPTED:
        return record
    return replace(record.finished(TextState.ACCEPTED, now), message_id=message_id)


def _why(work: Mapping[str, str]) -> str:
    """The carrier's reason as one of our codes, whoever wrote the work."""
    reason = Reason(Code(work.get("reason", "")))
    return (reason if reason in REASONS else DELIVERY_OTHER).code


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
