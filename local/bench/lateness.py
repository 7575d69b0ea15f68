"""
How late texts are if many are due in one minute on one toll-free number, on a virtual clock.

Lateness is measured from the minute in which a reminder is due, or from the arrival of a
cancellation, to the arrival of the text at the SMS service.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from local.bench import due_texts
from local.bench.due_texts import DUE, NEXT_WEEK, REMINDED
from local.bench.virtual import Arrival, Site
from local.simulators.acs import segments
from shared_code.connections.sms_setup import NumberKind
from shared_code.texting.domain.rate import SEGMENTS_PER_SLOT, SLOT
from shared_code.texting.domain.text import TextKind, TextRef

_SEED = 20260609
_LARGE, _SMALL = "lamna-large", "lamna-small"
_MANY, _FEW = 5_000, 100
_CANCELLATIONS = 100
_CANCEL_INTERVAL = timedelta(seconds=20)
_KILLED_AFTER = timedelta(seconds=1.5)
_WINDOW = timedelta(seconds=60)
_OBSERVED = timedelta(hours=3)


def measure() -> dict[str, float]:
    """Return all figures, after about a minute of real time. The product's logs are dropped."""
    logger = logging.getLogger("connector")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        alone = few()
        beside = _many_beside_few(*alone.values())
        return {**alone, **killed(), **_many(), **beside}
    finally:
        logger.setLevel(level)


def few() -> dict[str, float]:
    """Measure as many texts as the number may send in a few minutes."""
    site = _reminding({_SMALL: _FEW})
    late = _lateness(site, _SMALL, _FEW)
    return {"lateness_p99_seconds_100_due": _p99(late)}


def killed() -> dict[str, float]:
    """Measure the same while the only process is killed during the work."""
    site = _reminding({_SMALL: _FEW}, DUE + _KILLED_AFTER)
    late = _lateness(site, _SMALL, _FEW)
    return {"lateness_p99_seconds_100_due_worker_killed": _p99(late)}


def _many() -> dict[str, float]:
    """Measure more texts than the number may send in an hour."""
    site = _reminding({_LARGE: _MANY})
    p99, floor = _p99(_lateness(site, _LARGE, _MANY)), _best_possible_p99(site)
    return {
        "lateness_p99_seconds_5000_due": p99,
        "lateness_p99_seconds_5000_due_ideal": floor,
        "lateness_p99_vs_floor": p99 / floor,
        "peak_segments_in_60_seconds": _peak(site.service.arrivals),
        "agenda_run_seconds_5000_due": site.longest_agenda.total_seconds(),
    }


def _many_beside_few(alone: float) -> dict[str, float]:
    """Measure two connections on one number, with cancellations of the larger one meanwhile."""
    site = due_texts.site_of((_LARGE, _SMALL), _SEED)
    due_texts.book(site, _LARGE, _MANY, REMINDED)
    due_texts.book(site, _SMALL, _FEW, REMINDED)
    cancelled = due_texts.book(site, _LARGE, _CANCELLATIONS, NEXT_WEEK)
    cancelled_at: dict[str, datetime] = {}
    for number, key in enumerate(cancelled, start=1):
        at = DUE + number * _CANCEL_INTERVAL
        site.until(at)
        cancelled_at[key] = at
        site.apply(due_texts.message("S15", key, NEXT_WEEK, at), _LARGE)
    site.until(DUE + _OBSERVED)
    p99 = _p99(_lateness(site, _SMALL, _FEW))
    return {
        "fairness_small_connection_p99_seconds": p99,
        "fairness_small_connection_vs_alone": p99 / alone,
        "fairness_large_connection_p99_seconds": _p99(_lateness(site, _LARGE, _MANY)),
        "urgent_cancellation_p99_seconds_amid_5000": _p99(_cancellations(site, cancelled_at)),
        "peak_segments_in_60_seconds_two_connections": _peak(site.service.arrivals),
    }


def _reminding(visits: Mapping[str, int], killed_at: datetime | None = None) -> Site:
    site = due_texts.site_of(tuple(visits), _SEED)
    for name, how_many in visits.items():
        due_texts.book(site, name, how_many, REMINDED)
    site.killed_at = killed_at or site.killed_at
    site.until(DUE + _OBSERVED)
    return site


def _lateness(site: Site, connection: str, how_many: int) -> list[float]:
    """
    Return the seconds from DUE to each reminder of a connection.

    Raises RuntimeError if any is missing.
    """
    arrived = _first_arrivals(site.service.arrivals)
    late = [
        (at - DUE).total_seconds()
        for ref, at in arrived.items()
        if ref.subject.connection == connection and ref.kind is TextKind.REMINDER
    ]
    if len(late) != how_many:
        raise RuntimeError(f"{how_many - len(late)} reminders never went")
    return late


def _cancellations(site: Site, cancelled_at: Mapping[str, datetime]) -> list[float]:
    """Return the seconds from each message to its text. Raises RuntimeError if any is missing."""
    names = {row.ref: row.key for row in site.installation.appointments.rows.values()}
    late = [
        (at - cancelled_at[names[ref.subject]]).total_seconds()
        for ref, at in _first_arrivals(site.service.arrivals).items()
        if ref.kind is TextKind.CANCELLATION
    ]
    if len(late) != len(cancelled_at):
        raise RuntimeError(f"{len(cancelled_at) - len(late)} cancellations were never texted")
    return late


def _first_arrivals(arrivals: Iterable[Arrival]) -> dict[TextRef, datetime]:
    first: dict[TextRef, datetime] = {}
    for arrival in arrivals:
        first.setdefault(TextRef.parse(arrival.text.tag), arrival.at)
    return first


def _p99(late: Iterable[float]) -> float:
    """Return the 99th percentile by nearest rank."""
    ordered = sorted(late)
    return ordered[math.ceil(len(ordered) * 0.99) - 1]


def _best_possible_p99(site: Site) -> float:
    """Return the p99 if texts that are not urgent used every slot they may from DUE on."""
    arrivals = site.service.arrivals
    (size,) = {segments.measure(arrival.text.body).segments for arrival in arrivals}
    in_a_slot = SEGMENTS_PER_SLOT[NumberKind.TOLL_FREE] * 3 // 4 // size
    return _p99((number // in_a_slot) * SLOT.total_seconds() for number in range(len(arrivals)))


def _peak(arrivals: Iterable[Arrival]) -> int:
    """Return the most segments in any 60 seconds, counted like the service does."""
    window: list[tuple[datetime, int]] = []
    peak = held = 0
    for arrival in sorted(arrivals, key=lambda each: each.at):
        size = segments.measure(arrival.text.body).segments
        window.append((arrival.at, size))
        held += size
        while window[0][0] <= arrival.at - _WINDOW:
            held -= window.pop(0)[1]
        peak = max(peak, held)
    return peak
