"""
What was counted of a connection's texts, day by day and by group, for an operator or a report.

A small number of a department is soon a person: outside their department numbers under SMALLEST are
not shown, nor one from which such a number could be worked out. The sums of the days are: whoever
watches must see a single text that was missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, timedelta

from shared_code.clock import Clock
from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.operating.domain import (
    NumbersFound,
    NumbersOfDay,
    NumbersOfGroup,
    NumbersRequest,
)
from shared_code.texting.domain.metrics import Combination, Metric, department_of
from shared_code.texting.domain.tally import Combinations
from shared_code.texting.ports import Counts

LONGEST = timedelta(days=92)
"""A quarter of a year, so that one answer reads at most five months."""
SMALLEST = 5
FIELDS = frozenset(field.name for field in fields(Combination))
"""What numbers can be asked for by."""


@dataclass(frozen=True, slots=True)
class DailyNumbers:
    """The numbers of each day, and what they consist of."""

    counts: Counts
    clock: Clock

    def of(self, request: NumbersRequest) -> NumbersFound:
        """
        Each day of the range in order, also those on which nothing happened. Raises Refused with
        REQUEST_MALFORMED for a range that runs backwards or is longer than LONGEST and for a field
        that there is not, and NotStored.
        """
        today = self.clock().astimezone(UTC).date()
        first, last = request.first or today, request.last or today
        if not timedelta(0) <= last - first < LONGEST or request.by not in {"", *FIELDS}:
            raise Refused(REQUEST_MALFORMED)
        tallies = self.counts.of(request.connection.id, first, last)
        sums: Mapping[date, Mapping[Metric, int]] = {
            day: tally.sums for day, tally in tallies.items()
        }
        combined = [tally.combinations for tally in tallies.values()]
        if request.department is not None:
            own = {day: _of(tally.combinations, request) for day, tally in tallies.items()}
            sums = {day: _sum(combinations) for day, combinations in own.items()}
            combined = list(own.values())
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return NumbersFound(
            [NumbersOfDay(day, _all(sums.get(day, {}))) for day in days],
            _groups(combined, request) if request.by else (),
        )


def _of(combinations: Combinations, request: NumbersRequest) -> Combinations:
    wanted = department_of(request.department)
    return {name: numbers for name, numbers in combinations.items() if name.department == wanted}


def _sum(combinations: Combinations) -> Counter[Metric]:
    sums: Counter[Metric] = Counter()
    for numbers in combinations.values():
        sums.update(numbers)
    return sums


def _groups(combined: Sequence[Combinations], request: NumbersRequest) -> Sequence[NumbersOfGroup]:
    """In the order of their names; without small numbers, unless of one department."""
    groups: dict[str, Counter[Metric]] = {}
    for combinations in combined:
        for name, numbers in combinations.items():
            groups.setdefault(getattr(name, request.by), Counter()).update(numbers)
    hidden = (
        {} if request.department is not None else {each: _hidden(groups, each) for each in Metric}
    )
    return [
        NumbersOfGroup(
            name,
            {
                metric: None if name in hidden.get(metric, ()) else number
                for metric, number in _all(numbers).items()
            },
        )
        for name, numbers in sorted(groups.items())
    ]


def _hidden(groups: Mapping[str, Mapping[Metric, int]], metric: Metric) -> frozenset[str]:
    """
    The groups whose number is small, and the next larger ones until what is hidden together leaves
    open which of them is how small: each of them is one at least.
    """
    found = sorted((each[metric], name) for name, each in groups.items() if each[metric])
    count = sum(number < SMALLEST for number, _ in found)
    while 0 < count < len(found) and _is_told(found[:count]):
        count += 1
    return frozenset(name for _, name in found[:count])


def _is_told(hidden: Sequence[tuple[int, str]]) -> bool:
    total = sum(number for number, _ in hidden)
    return len(hidden) == 1 or total < SMALLEST + len(hidden)


def _all(numbers: Mapping[Metric, int]) -> Mapping[Metric, int]:
    return {metric: numbers.get(metric, 0) for metric in Metric}
