"""
When the SMS service does not answer: who may still try, and what an answer changes.

Pure. Kept by the adapter, one value for each SMS resource, shared by all workers; nothing here
knows a text or whose it is.

Three states, told by the failures in a row: none (*closed*, everybody goes), one or two (*in
doubt*, one text at a time), three (*open*, one text a minute). A failure is an answer of 5xx, a
time-out, a broken or a refused connection; any other answer, also one that says no, ends the row.

How many texts an outage leaves unknown: those on the wire when it begins, and after that one for
each turn. The adapter lets at most three of a worker's texts be on the wire at once, and the
first failure holds back new ones until those have their answers (TURN is longer than any request),
so with one worker three are unknown when the circuit opens; one a minute follows: 33 in 30
minutes, and three more for each further worker that was sending at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 3
"""In a row: then the circuit is open."""
TURN = timedelta(seconds=15)
"""In doubt, how long one text may take: longer than claim, connect and read together."""
BETWEEN_PROBES = timedelta(minutes=1)
"""In an outage."""


@dataclass(frozen=True, slots=True)
class Outage:
    """`failures` in a row, `since` the first of them; nothing goes before `next_probe`."""

    failures: int = 0
    since: datetime | None = None
    next_probe: datetime | None = None


CLOSED = Outage()


@dataclass(frozen=True, slots=True)
class Go:
    """One text may go, once `outage` is stored. Where it is what was stored, nobody is told."""

    outage: Outage


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing new before that time."""

    until: datetime


def may_claim(outage: Outage, now: datetime) -> Go | Wait:
    """
    Whether a text may go now. In doubt or in an outage the asker takes the turn by storing the
    answer's outage under the ETag of the one it read: of two askers one gets it.
    """
    if not outage.failures:
        return Go(outage)
    if outage.next_probe is not None and now < outage.next_probe:
        return Wait(outage.next_probe)
    return Go(replace(outage, next_probe=now + _pause(outage.failures)))


def after(outage: Outage, now: datetime, *, answered: bool) -> Outage:
    """The outage after a text that went; where it is the same, nothing has to be stored."""
    if answered:
        return CLOSED
    if outage.failures >= FAILURES:
        return outage
    failures = outage.failures + 1
    return Outage(failures, outage.since or now, now + _pause(failures))


def given_back(outage: Outage, taken: datetime, now: datetime) -> Outage:
    """The outage when a text did not use its turn, which made `taken` the next probe's time."""
    return replace(outage, next_probe=now) if outage.next_probe == taken else outage


def _pause(failures: int) -> timedelta:
    return BETWEEN_PROBES if failures >= FAILURES else TURN
