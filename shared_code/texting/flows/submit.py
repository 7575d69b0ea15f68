"""
The claim on a text, one request to the SMS service, and what its answer means for the record.

Three honest outcomes: accepted, not sent with a reason, unknown. The only question asked again
here, after the claim, is the appointment's version.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from shared_code import logs, retry
from shared_code.agenda.domain import AgendaRow
from shared_code.agenda.ports import Agenda
from shared_code.appointments.domain import Appointment, is_gone, to_the_minute
from shared_code.appointments.ports import Appointments
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.consent.ports import OptOuts
from shared_code.errors import Conflict, Reason
from shared_code.language.segments import measure
from shared_code.links.flows import PatientLinks
from shared_code.oversight.flows.attempt import Attempt
from shared_code.texting.domain import attention, plan, reasons
from shared_code.texting.domain.metrics import NOTHING, Combination, Count, Metric, count_of
from shared_code.texting.domain.next_step import Sendable
from shared_code.texting.domain.plan import CLAIM_CHECK, RETIRE_TEXT
from shared_code.texting.domain.text import (
    CANCELLATION_NOTICES,
    CLAIM_LEASE,
    Composed,
    TextRecord,
    TextRef,
    TextState,
)
from shared_code.texting.domain.text_snapshot import TextSnapshot
from shared_code.texting.flows.counting import Counting, audience_of
from shared_code.texting.flows.text_problems import TextProblems, settle_doubt
from shared_code.texting.ports import (
    Accepted,
    NotSent,
    OutcomeUnknown,
    OutgoingText,
    RefusedText,
    SendResult,
    Texts,
    TextSender,
    Wording,
)

_REQUESTS = uuid.UUID("6f5f2f0e-3f0c-5d0a-9b57-3c1f6a0d9e11")
_CLAIM_CHECK = timedelta(minutes=1)
RETENTION = timedelta(days=180)
"""How long the outcome of a text is kept for reports."""


@dataclass(frozen=True, slots=True)
class ComposedText:
    """A text composed for one patient. Never logged; of it `composed` alone is stored."""

    body: str
    composed: Composed


@dataclass(frozen=True, slots=True)
class SubmitText:
    """
    Composes, requests and records. `confirmation_delay` is how long confirmations wait for
    corrections. Everything here may raise NotStored and Conflict.
    """

    appointments: Appointments
    texts: Texts
    agenda: Agenda
    problems: TextProblems
    opt_outs: OptOuts
    sender: TextSender
    wording: Wording
    links: PatientLinks
    counting: Counting
    confirmation_delay: timedelta
    clock: Clock

    def compose(self, text: Sendable) -> ComposedText:
        """The words, with a link where there is something to join. A repeat says the same."""
        connection, appointment = text.connection, text.appointment
        has_link = text.snapshot.ref.kind not in CANCELLATION_NOTICES
        link = self.links.make(appointment, text.snapshot.recipient) if has_link else ""
        body = self.wording.text(text.template, connection, appointment, link, first=text.first)
        digest, segments = hashlib.sha256(body.encode("utf-8")).hexdigest(), measure(body).segments
        composed = Composed(
            text.template,
            text.first,
            text.snapshot.recipient,
            digest,
            segments,
            to_the_minute(text.start),
        )
        return ComposedText(body, composed)

    def post(
        self, mine: TextRecord, text: Sendable, body: str, request: Attempt
    ) -> tuple[Count, int | None]:
        """
        Write the claim, make one request, record its outcome. Returns what that counts, and the
        seconds after which to come back, or None when the text has its outcome. Raises Conflict
        when another worker was first.

        The version is read between claim and request: a newer one is written before its text looks
        at the claims of others, so one of the two sees the other.
        """
        now, ref, snapshot = self.clock(), mine.ref, text.snapshot
        check = AgendaRow(now + _CLAIM_CHECK, CLAIM_CHECK, str(ref), str(ref.version))
        self.agenda.add([check, retirement(ref)])
        etag = self._write(mine, snapshot.etag)
        logs.event("text.claimed", attempt=mine.resets + 1, count=mine.repeats)
        current = self.appointments.load(ref.subject)
        if current is None or is_gone(current.value):
            self.forget(ref)
            return NOTHING, None
        if current.value.version != ref.version:
            claimed = replace(snapshot, before=mine, etag=etag)
            if mine.repeats:  # an earlier request may have been sent
                self.finish(claimed, TextState.UNKNOWN, reasons.OUTCOME_UNKNOWN)
            else:
                self.finish(claimed, TextState.NOT_SENT, reasons.SUPERSEDED)
            return NOTHING, None
        result = self.sender.send(_outgoing(mine, text, body))
        unreached = isinstance(result, NotSent) and not result.opened
        request.answered = not (unreached or isinstance(result, OutcomeUnknown))
        segments = mine.composed.segments if mine.composed else 0
        logs.event("text.answered", outcome=type(result).__name__, segments=segments)
        count, seconds = self._record(snapshot, mine, etag, result)
        self._tell(text, result)
        return count if snapshot.etag else count.with_due(), seconds

    def _tell(self, text: Sendable, result: SendResult) -> None:
        """
        What an answer says beyond this text, once the text's outcome is written: nobody need look
        it up any more, the recipient said STOP to the number, or the service does not let this app
        in.
        """
        connection, snapshot = text.connection, text.snapshot
        match result:
            case Accepted():
                self.problems.settle_by_acceptance(snapshot)
            case RefusedText(reasons.OPTED_OUT):
                sender = text.sms.from_number
                self.opt_outs.add(connection.tenant, snapshot.recipient, sender)
                logs.event("optout.added")
            case NotSent(reason=Reason() as reason):
                logs.warn("text.held", code=reason)
                self.problems.report_hold(reason, snapshot)
            case _:
                pass

    def count(self, text: Sendable, count: Count) -> None:
        """Count what a request brought, when nothing is left to do for the text."""
        delay, ref = self.confirmation_delay, text.snapshot.ref
        could_go = plan.could_go_at(ref, text.appointment, text.connection, delay)
        self.counting.posted(ref.subject, count, could_go)

    def finish(
        self, text: TextSnapshot, state: TextState, reason: Reason, *, of_number: bool = False
    ) -> None:
        """
        Record the outcome `not_sent` or `unknown`, and tell whoever must learn of it: with
        `of_number`, in one problem a day for all texts to that number. A text that was ever unknown
        never becomes `not_sent`.
        """
        after = text.before.finished(state, self.clock(), reason)
        self.problems.report(text, after, text.recipient if of_number else "")
        try:
            self.change(text.before, text.etag, after)
        except Conflict:
            self._forget_erased(text, after)
            raise
        _log_end(after)
        self._forget_erased(text, after)

    def forget(self, ref: TextRef) -> None:
        """Leave nothing of a text whose appointment was erased: neither its record nor its link."""
        self.links.forget(ref.subject, ref.version)
        self.texts.remove(ref)

    def _forget_erased(self, text: TextSnapshot, after: TextRecord) -> None:
        """
        Leave nothing of an outcome whose appointment was erased meanwhile. That marks the row
        before it looks for texts, so one of the two sees the other.
        """
        current = self.appointments.load(after.ref.subject)
        if is_gone(current.value if current else None):
            self.forget(after.ref)
            self.problems.settle_own(after, text.owner)

    def change(
        self, before: TextRecord, etag: str, after: TextRecord, rows: Sequence[AgendaRow] = ()
    ) -> None:
        """Write the record, the agenda rows first, and count what changed."""
        self.agenda.add([retirement(after.ref), *rows])
        self._write(after, etag)
        self.counting.change(before if etag else None, after)

    def _record(
        self, text: TextSnapshot, mine: TextRecord, etag: str, result: SendResult
    ) -> tuple[Count, int | None]:
        """What the answer counts, and the seconds after which to come back."""
        now, in_doubt = self.clock(), mine.repeats > 0
        match result:
            case Accepted(message_id):
                sent = mine.finished(TextState.ACCEPTED, now)
                sent = replace(sent, message_id=message_id)
                count = self._write_outcome(text, sent, mine, etag)
                logs.event("text.sent", segments=mine.composed.segments if mine.composed else 0)
                return count, None
            case RefusedText(reason) if not in_doubt:
                refused = mine.finished(TextState.NOT_SENT, now, reason)
                self.problems.report(text, refused)
                count = self._write_outcome(text, refused, mine, etag)
                _log_end(refused)
                return count, None
            case NotSent(retry_after, _, reason) if not in_doubt:
                delay = max(retry_after or 0, retry.delay_after(mine.resets + 1))
                delay = min(delay, retry.LONGEST_SLEEP)
                reset = mine.reset(now + timedelta(seconds=delay), reason.code if reason else "")
                count = self._write_outcome(text, reset, mine, etag)
                known = reset.held_by == text.before.held_by
                return (count.without(Metric.HELD) if known else count), delay
            case OutcomeUnknown() | RefusedText() | NotSent():
                wait = (mine.claimed_at or now) + CLAIM_LEASE - now
                return _unchanged(mine), max(1, round(wait.total_seconds()))

    def _write(self, record: TextRecord, etag: str) -> str:
        """Insert-if-absent or replace-if-unchanged. Raises Conflict when somebody was first."""
        try:
            return self.texts.replace(record, etag) if etag else self.texts.insert(record)
        except Conflict:
            stored = self.texts.load(record.ref)  # the answer to our own write may have been lost
            if stored is None or stored.value != record:
                raise
            return stored.etag

    def _write_outcome(
        self, text: TextSnapshot, record: TextRecord, mine: TextRecord, etag: str
    ) -> Count:
        """
        Write what the service said, and return what that counts. If another worker took the claim
        over meanwhile, an acceptance is still the truth; anything else is the other worker's now.
        """
        try:
            self.texts.replace(record, etag)
        except Conflict:
            current = self.texts.load(record.ref)
            if current is None:
                self.problems.settle_own(record, text.owner)
            if record.state is not TextState.ACCEPTED or current is None:
                return _unchanged(mine)
            reported = current.value
            record = reported_on(record, reported)
            self.texts.replace(record, current.etag)
            settle_doubt(self.problems.problems, reported, text.owner, self.clock())
            return count_of(reported, record, self.clock())
        return count_of(mine, record, self.clock())

    def addressed(
        self, record: TextRecord, appointment: Appointment | None, connection: Connection | None
    ) -> TextRecord:
        """The record with whom the text is for, which stays so from the first claim on."""
        if record.claimed_by or appointment is None or connection is None:
            return record
        language = self.wording.language(connection, appointment)
        return replace(record, audience=audience_of(appointment, language))


def _outgoing(mine: TextRecord, text: Sendable, body: str) -> OutgoingText:
    ref = mine.ref
    return OutgoingText(
        from_number=text.sms.from_number,
        to=text.phone,
        body=body,
        tag=str(ref),
        request_id=str(uuid.uuid5(_REQUESTS, f"{ref}~{mine.resets}")),
        first_sent=mine.request_time(),
    )


def _unchanged(mine: TextRecord) -> Count:
    """Nothing but its combination: the record may be new."""
    return Count(combination=Combination.of(mine.audience, mine.ref.kind, ""))


def reported_on(record: TextRecord, reported: TextRecord) -> TextRecord:
    """The record with what the carrier said of it meanwhile."""
    return replace(
        record,
        delivery=reported.delivery,
        delivery_at=reported.delivery_at,
        delivery_reason=reported.delivery_reason,
    )


def _log_end(after: TextRecord) -> None:
    """One line for a text that was not sent, or whose outcome is not known."""
    if after.state is TextState.UNKNOWN:
        logs.warn("text.unknown", code=after.reason)
    elif after.reason is not None and attention.of(after.reason.code).is_loud:
        logs.warn("text.not_sent", code=after.reason)
    else:
        logs.event("text.not_sent", code=after.reason)


def retirement(ref: TextRef) -> AgendaRow:
    """The row that erases the outcome: the same for every attempt, so that one row does it."""
    return AgendaRow(datetime.combine(ref.day, time(), UTC) + RETENTION, RETIRE_TEXT, str(ref))
