"""
The numbers of a day, or of a part of it: sums, combinations, and the reports of the last hour.

A day holds at most MOST combinations. What comes beyond DETAILED of them loses its department
first, and everything else where even that is too much: the sums stay right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from shared_code.texting.domain.metrics import Combination, Metric, Numbers
from shared_code.texting.domain.text import DELIVERED

MOST = 200
"""Combinations of a connection's day, `OTHER` included."""
DETAILED = 150
"""From here on a new combination is counted without its department."""
OTHER = "other"
_EVERYTHING_ELSE = Combination(OTHER, OTHER, OTHER, OTHER, OTHER)
REPORTED_WITHIN = timedelta(hours=1)
_STEP = timedelta(minutes=10)

Combinations = Mapping[Combination, Numbers]
Reports = Mapping[datetime, Mapping[str, int]]
"""By the ten minutes (UTC) in which they came: `delivered`, or the carrier's reason."""


@dataclass(frozen=True, slots=True)
class Addition:
    """One count: what is added, under which combination, and when."""

    combination: Combination
    numbers: Numbers
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted."""

    sums: Numbers = field(default_factory=dict)
    combinations: Combinations = field(default_factory=dict)
    reports: Reports = field(default_factory=dict)

    def plus(self, addition: Addition) -> Self:
        """Return it with one count more."""
        detailed = sum(each.department != OTHER for each in self.combinations)
        place = _place(self.combinations, detailed, addition.combination)
        at_place = _added(self.combinations.get(place, {}), addition.numbers)
        return replace(
            self,
            sums=_added(self.sums, addition.numbers),
            combinations={**self.combinations, place: at_place},
            reports=_with_report(self.reports, addition),
        )

    @classmethod
    def merged(cls, parts: Iterable[Tally]) -> Self:
        """Return the parts of a day as one. The most frequent combinations keep their names."""
        sums: Counter[Metric] = Counter()
        combinations: dict[Combination, Numbers] = {}
        reports: dict[datetime, Counter[str]] = {}
        for part in parts:
            sums.update(part.sums)
            for name, numbers in part.combinations.items():
                combinations[name] = _added(combinations.get(name, {}), numbers)
            for step, outcomes in part.reports.items():
                reports.setdefault(step, Counter()).update(outcomes)
        largest = sorted(combinations.items(), key=lambda one: (-sum(one[1].values()), one[0]))
        return cls(sums, _bounded(largest), reports)

    def reported(self, now: datetime) -> Counter[str]:
        """Return the reports of the last hour, by outcome."""
        found: Counter[str] = Counter()
        for step, outcomes in self.reports.items():
            if now - REPORTED_WITHIN < step + _STEP and step <= now:
                found.update(outcomes)
        return found


def _added(numbers: Numbers, more: Numbers) -> Numbers:
    return Counter(numbers) + Counter(more)


def _bounded(named: Iterable[tuple[Combination, Numbers]]) -> Combinations:
    kept: dict[Combination, Numbers] = {}
    detailed = 0
    for combination, numbers in named:
        place = _place(kept, detailed, combination)
        detailed += place not in kept and place.department != OTHER
        kept[place] = _added(kept.get(place, {}), numbers)
    return kept


def _place(kept: Combinations, detailed: int, combination: Combination) -> Combination:
    room = len(kept) < MOST - 1
    if combination in kept or (room and detailed < DETAILED):
        return combination
    coarse = replace(combination, department=OTHER)
    return coarse if coarse in kept or room else _EVERYTHING_ELSE


def _with_report(reports: Reports, addition: Addition) -> Reports:
    """With a report where it was one, and without those that are older than an hour."""
    outcomes = _outcomes(addition)
    if not outcomes:
        return reports
    step = _step(addition.at)
    kept = {each: found for each, found in reports.items() if step - each <= REPORTED_WITHIN}
    return {**kept, step: Counter(kept.get(step, {})) + outcomes}


def _outcomes(addition: Addition) -> Counter[str]:
    numbers = addition.numbers
    return (
        Counter(
            {
                DELIVERED: numbers.get(Metric.DELIVERED, 0),
                addition.combination.reason: numbers.get(Metric.FAILED, 0),
            }
        )
        + Counter()
    )


def _step(at: datetime) -> datetime:
    whole = at.astimezone(UTC).replace(second=0, microsecond=0)
    return whole - timedelta(minutes=whole.minute % 10)
