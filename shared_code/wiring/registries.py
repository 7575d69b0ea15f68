"""What capabilities declare of themselves, joined. Each thing belongs to one capability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared_code import (
    agenda,
    appointments,
    attendance,
    connections,
    consent,
    intake,
    launching,
    links,
    operating,
    oversight,
    retry,
    texting,
    visits,
    web,
)


def together(*declared: Iterable[str]) -> frozenset[str]:
    """The declarations as one. Raises ValueError for what is declared twice."""
    names = [name for names in declared for name in names]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"declared twice: {sorted(twice)}")
    return frozenset(names)


def merged(*declared: Mapping[str, str]) -> Mapping[str, str]:
    """The same for names with what they hold."""
    together(*declared)
    return {name: holds for names in declared for name, holds in names.items()}


LOG_EVENTS = together(
    agenda.LOG_EVENTS,
    appointments.LOG_EVENTS,
    attendance.LOG_EVENTS,
    connections.LOG_EVENTS,
    intake.LOG_EVENTS,
    launching.LOG_EVENTS,
    operating.LOG_EVENTS,
    oversight.LOG_EVENTS,
    retry.LOG_EVENTS,
    texting.LOG_EVENTS,
    visits.LOG_EVENTS,
    web.LOG_EVENTS,
)
"""The names of what is logged; docs/operations.md explains each."""

TABLES = merged(
    agenda.TABLES,
    appointments.TABLES,
    attendance.TABLES,
    consent.TABLES,
    launching.TABLES,
    links.TABLES,
    oversight.TABLES,
    texting.TABLES,
    visits.TABLES,
)
"""Every table, and what it holds; docs/data-map.md says what erases it."""

CONTAINERS = merged(intake.CONTAINERS, oversight.CONTAINERS)
"""The same for blob containers."""
