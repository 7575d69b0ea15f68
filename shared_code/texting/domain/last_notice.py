"""
What a number was last told of a visit, as far as that can be known, and what to tell it now.

A text that was accepted counts as told unless the carrier reports that it failed to arrive: then it
counts as never sent. What may have arrived (`unknown`, claimed, or sent again after that) is one
possibility among others: a start that was perhaps told is told again rather than left untold, and
never as *changed*, because for whoever read it nothing has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared_code.appointments.domain import to_the_minute
from shared_code.language.template_names import TemplateName
from shared_code.texting.domain.text import CANCELLATION_NOTICES, TextRecord, TextState


@dataclass(frozen=True, slots=True)
class LastNotice:
    """
    `starts` holds every start (UTC, to the minute) that may have been told last, its day alone
    where an earlier release did not keep it; empty: nothing was told, or that there is no visit.
    `certain`: one of them was.
    """

    starts: frozenset[datetime | date] = frozenset()
    certain: bool = False

    def knows(self, start: datetime) -> bool:
        """Whether the number was told this very start, and nothing else since."""
        return self.certain and self.starts == {to_the_minute(start)}

    def template(self, start: datetime) -> TemplateName:
        """*Changed* only where the start is certainly not the one that was told last."""
        told = to_the_minute(start)
        new = not self.starts or not self.starts.isdisjoint({told, told.date()})
        return TemplateName.SCHEDULED if new else TemplateName.CHANGED


def last_notice(notified: Sequence[TextRecord]) -> LastNotice:
    """
    From the texts that a number may have read, the oldest first. A cancellation notice ends what
    was told before it if it was accepted; one that may have arrived makes that uncertain.
    """
    starts, doubtful = set[datetime | date](), False
    for record in reversed(notified):
        accepted = record.state is TextState.ACCEPTED
        if record.ref.kind in CANCELLATION_NOTICES:
            if accepted:
                break
            doubtful = True
        elif not record.failed_to_arrive():
            kept = record.composed.start if record.composed else None
            starts.add(kept or record.ref.day)
            if accepted:
                return LastNotice(frozenset(starts), certain=not doubtful)
    return LastNotice(frozenset(starts))
