"""
Whether a text may be claimed, repeated, must wait or is given up: `plan(record, ...)`.

The rule of *at most once, or we say so*: nobody posts for somebody else's fresh claim, a repeat
is the same request within the service's memory, and what may have been sent is never made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared_code.errors import Reason
from shared_code.texting.domain import rate
from shared_code.texting.domain.text import (
    CLAIM_LEASE,
    REPEAT_WINDOW,
    Composed,
    TextRecord,
    TextRef,
    TextState,
)

SLOT = "slot"


class Step(StrEnum):
    """What a worker that holds a hint does."""

    NOTHING = "nothing"
    CLAIM = "claim"
    REPEAT = "repeat"
    WAIT = "wait"
    DECLINE = "decline"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Plan:
    """The step, and how long to wait where it is WAIT."""

    step: Step
    wait: timedelta = timedelta(0)


def plan(record: TextRecord | None, obstacle: Reason | None, now: datetime) -> Plan:
    """`obstacle` is the reason why the text must not be sent now, if there is one."""
    if record is not None and record.is_final():
        return Plan(Step.NOTHING)
    if record is not None and record.state is TextState.READY:
        return _plan_ready(record, obstacle, now)
    if record is None or record.claimed_at is None or record.first_sent is None:
        return Plan(Step.DECLINE if obstacle else Step.CLAIM)
    free_at = record.claimed_at + CLAIM_LEASE
    if now < free_at:
        return Plan(Step.WAIT, free_at - now)
    if obstacle or now - record.first_sent >= REPEAT_WINDOW:
        return Plan(Step.GIVE_UP)
    return Plan(Step.REPEAT)


def _plan_ready(record: TextRecord, obstacle: Reason | None, now: datetime) -> Plan:
    if obstacle:
        return Plan(Step.DECLINE)
    if record.not_before is not None and now < record.not_before:
        return Plan(Step.WAIT, record.not_before - now)
    return Plan(Step.CLAIM)


def claim(
    record: TextRecord | None, ref: TextRef, worker: str, now: datetime, composed: Composed
) -> TextRecord:
    """A new request. Its first_sent has whole seconds: that is all an HTTP date can say."""
    before = record or TextRecord(ref, TextState.READY)
    return replace(
        before,
        not_before=None,
        held_by="",
        slot=None,
        state=TextState.CLAIMED,
        claimed_by=worker,
        claimed_at=now,
        first_sent=now.replace(microsecond=0),
        composed=composed,
    )


def held(record: TextRecord | None, ref: TextRef, until: datetime, held_by: str) -> TextRecord:
    """Not claimed, and not to be looked at before `until`. A booked slot is its own reason."""
    before = record or TextRecord(ref, TextState.READY)
    slot = until if held_by == SLOT else before.slot
    return replace(before, not_before=until, held_by=held_by, slot=slot)


def has_slot(record: TextRecord | None, now: datetime) -> bool:
    """Whether the slot that it booked may be used now; later it has to book again."""
    return record is not None and record.slot is not None and rate.may_go(record.slot, now)


def take_over(record: TextRecord, worker: str, now: datetime) -> TextRecord:
    """The same request once more, by another worker."""
    return replace(record, claimed_by=worker, claimed_at=now, repeats=record.repeats + 1)


def finish(
    record: TextRecord, state: TextState, now: datetime, reason: Reason | None = None
) -> TextRecord:
    """An outcome. Of what may have been sent before it cannot be said that it was not."""
    if state is TextState.NOT_SENT and record.in_doubt:
        state = TextState.UNKNOWN
    return replace(record, state=state, reason=reason, finished_at=now)


def again(record: TextRecord) -> TextRecord:
    """A new request for a text of which nobody can tell whether an older one was executed."""
    return replace(
        record,
        state=TextState.READY,
        in_doubt=True,
        resets=record.resets + 1,
        repeats=0,
        reason=None,
        finished_at=None,
    )


def reset(record: TextRecord, not_before: datetime) -> TextRecord:
    """The request provably never counted: the next one is a new request."""
    return replace(record, state=TextState.READY, resets=record.resets + 1, not_before=not_before)
