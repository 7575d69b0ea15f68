"""What was counted of a connection's texts, day by day, for an operator or a dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from shared_code.clock import Clock
from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.operating.domain import NumbersOfDay, NumbersRequest
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.ports import Counts

LONGEST = timedelta(days=92)
"""A quarter of a year, so that one answer reads at most five months."""


@dataclass(frozen=True, slots=True)
class DailyNumbers:
    """The five numbers of each day."""

    counts: Counts
    clock: Clock

    def of(self, request: NumbersRequest) -> Sequence[NumbersOfDay]:
        """
        Each day of the range in order, also those on which nothing happened. Raises Refused with
        REQUEST_MALFORMED for a range that runs backwards or is longer than LONGEST, and NotStored.
        """
        today = self.clock().astimezone(UTC).date()
        first, last = request.first or today, request.last or today
        if not timedelta(0) <= last - first < LONGEST:
            raise Refused(REQUEST_MALFORMED)
        counted = self.counts.of(request.connection.id, first, last)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        sums = {day: tally.sums for day, tally in counted.items()}
        return [
            NumbersOfDay(day, {metric: sums.get(day, {}).get(metric, 0) for metric in Metric})
            for day in days
        ]
