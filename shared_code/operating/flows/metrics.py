"""What was counted of a connection's texts, day by day, for an operator or a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, timedelta

from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.operating.flows.request import Answer, Arguments, Operator, connection_of, text_of
from shared_code.texting.domain.metrics import Metric

LONGEST = timedelta(days=92)
"""A quarter of a year, so that one answer reads at most five months."""


def metrics(arguments: Arguments, operator: Operator) -> Answer:
    """The seven numbers of each day (UTC) from `from` to `to`; either is today when left out."""
    connection = connection_of(arguments, operator)
    today = operator.clock().astimezone(UTC).date()
    first, last = _day(arguments, "from", today), _day(arguments, "to", today)
    if not timedelta(0) <= last - first < LONGEST:
        raise Refused(REQUEST_MALFORMED)
    counted = operator.counts.of(connection.id, first, last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {
        "connection": connection.id,
        "days": [{"day": day.isoformat(), **_all_of(counted.get(day, {}))} for day in days],
    }


def _all_of(numbers: Mapping[Metric, int]) -> dict[str, int]:
    return {metric.value: numbers.get(metric, 0) for metric in Metric}


def _day(arguments: Arguments, name: str, today: date) -> date:
    if name not in arguments:
        return today
    text = text_of(arguments, name)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(REQUEST_MALFORMED) from None
    if day.isoformat() != text:  # the other forms of ISO 8601 are easily misread
        raise Refused(REQUEST_MALFORMED)
    return day
